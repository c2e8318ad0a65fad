"""What a session asks of whoever carries its datagrams, and what it tells."""

from __future__ import annotations

from dataclasses import dataclass

from radio_bridge.drivers.unarbitrated.effects import Told


@dataclass(frozen=True, slots=True)
class UsrpSend:
    """A datagram to the other side."""

    data: bytes


Effect = UsrpSend | Told
