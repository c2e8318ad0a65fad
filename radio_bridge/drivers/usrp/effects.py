"""Effects of a session: what the transport must do, and what the driver is told."""

from __future__ import annotations

from dataclasses import dataclass

from radio_bridge.drivers.unarbitrated.effects import Told


@dataclass(frozen=True, slots=True)
class UsrpSend:
    """A datagram to the other side."""

    data: bytes


Effect = UsrpSend | Told
