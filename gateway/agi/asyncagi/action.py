"""The one AMI action of AsyncAGI. Its class, `agi`, is a shell: only an `AgiCall`'s commands go out by it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Final

from gateway.ami import values
from gateway.ami.actions import Headers
from gateway.ami.errors import UnsafeValue
from gateway.ami.values import Dialplan

COMMAND_MOST: Final = 1000
"""Bytes of one command: an AMI line has at most 1,024 with its name and its end."""
BREAK: Final = b"ASYNCAGI BREAK"
"""The channel leaves AGI(), and the dialplan goes on."""


@dataclass(frozen=True, slots=True)
class AgiCommand:
    """Queue one AGI command, as `gateway.agi.codec.encode` made it, for exactly one channel."""

    name: ClassVar[str] = "AGI"
    rings: ClassVar[bool] = False
    channel: str
    command: bytes = field(repr=False)  # may hold what the caller pressed
    command_id: str

    def headers(self, dialplan: Dialplan) -> Headers:
        del dialplan
        line = self.command.removesuffix(b"\n")
        if len(line) > COMMAND_MOST:
            raise UnsafeValue(f"the command has {len(line)} bytes, at most {COMMAND_MOST}")
        return [
            ("Channel", values.channel(self.channel)),
            ("Command", line.decode()),
            ("CommandID", self.command_id),
        ]
