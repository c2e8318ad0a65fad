"""A listening socket: the process that opens it, its address, and its clients. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from typing import Literal

from gateway.settings import Settings

Protocol = Literal["tcp", "udp"]


class Peers(StrEnum):
    """Who must reach a listener: each value is a set of addresses in the nftables file."""

    DESKS = "desks"
    TELEPHONES = "telephones"
    TRUNKS = "trunks"
    UNITS = "units"
    RADIO_SYSTEMS = "radio_systems"
    CAMERAS = "cameras"
    SWITCH = "switch"
    ROLES = "roles"
    MONITORING = "monitoring"


SAID = {
    Peers.DESKS: "browsers at the centre",
    Peers.TELEPHONES: "SIP telephones of agents",
    Peers.TRUNKS: "carriers, signalling and sound",
    Peers.UNITS: "terminals and pages of field units",
    Peers.RADIO_SYSTEMS: "repeaters, gateways and SIP sides of radio networks",
    Peers.CAMERAS: "cameras and recorders that register by GB/T 28181, receivers of positions",
    Peers.SWITCH: "Asterisk, where it runs on another machine",
    Peers.ROLES: "roles of Songhua on other machines",
    Peers.MONITORING: "Prometheus",
}


@dataclass(frozen=True, slots=True)
class Bound:
    """Port 0 is any free one, told to its peers when it is known."""

    host: str
    first: int
    last: int = 0

    @property
    def ports(self) -> str:
        """One port, or a range as `first-last`."""
        if not self.first:
            return "any free one"
        return f"{self.first}-{self.last}" if self.last else str(self.first)

    @property
    def is_loopback(self) -> bool:
        """Whether this machine alone reaches it."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


@dataclass(frozen=True, slots=True)
class ListeningSocket:
    """`by` is the process. `places` are the settings that say where; `bound` reads them: none where they
    switch it off. `never_beyond` says why it stays on this machine or a network of its own.
    """

    name: str
    by: str
    protocol: Protocol
    transport: str
    places: Sequence[str]
    peers: Sequence[Peers]
    bound: Callable[[Settings], Sequence[Bound]]
    never_beyond: str = ""
