"""Actions that call the SIP side of radio systems."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gateway.ami import values
from gateway.ami.actions import parts
from gateway.ami.actions.action import Headers
from gateway.ami.values import Dialplan

RING_S = 10.0


@dataclass(frozen=True, slots=True)
class RadioCall:
    """Call `user` at an endpoint; when it answers, its sound goes to `server` by AudioSocket for as long as
    the call lasts. Its channel is nobody's leg: `tap-<uuid>` is its uniqueid, and it has no CDR.
    """

    name: ClassVar[str] = "Originate"
    rings: ClassVar[bool] = True
    endpoint: str
    user: str
    server: str
    stream: str

    def headers(self, dialplan: Dialplan) -> Headers:
        del dialplan
        stream = values.stream_id(self.stream)
        return [
            ("Channel", f"PJSIP/{values.extension(self.user)}@{values.extension(self.endpoint)}"),
            ("Application", "AudioSocket"),
            ("Data", f"{stream},{values.host_port(self.server)}"),
            ("ChannelId", f"tap-{stream}"),
            ("Variable", "CDR_PROP(disable)=1"),
            ("Async", "true"),
            *parts.timeout(RING_S),
        ]
