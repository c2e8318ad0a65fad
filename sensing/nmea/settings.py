"""Settings of receivers of positions, section `[sensing.nmea]`."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import Annotated

from pydantic import Field

from core.models import StrictSettings

CODE = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$"


class NmeaReceiver(StrictSettings):
    """The receiver beside a camera, of which the code is the key."""

    address: IPv4Address | IPv6Address = Field(description="where it sends from")
    udp: bool = Field(
        default=False, description="it may send by UDP, where addresses can be forged; TCP is always taken"
    )


class NmeaSettings(StrictSettings):
    """Nothing listens as long as there is no receiver."""

    host: str = Field(default="127.0.0.1", description="where receivers reach us")
    port: int = Field(
        default=10110, ge=1, le=65535, description="NMEA 0183 over TCP, and over UDP where it is taken"
    )
    silent_s: float = Field(
        default=30.0, ge=2, le=3600, description="a receiver that says nothing for so long has lost its link"
    )
    receivers: dict[Annotated[str, Field(pattern=CODE)], NmeaReceiver] = Field(
        default_factory=dict, max_length=2000
    )

    @property
    def enabled(self) -> bool:
        return bool(self.receivers)

    @property
    def takes_udp(self) -> bool:
        return any(one.udp for one in self.receivers.values())
