"""Ports of the room of radio networks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from core.bus import Bus
from core.clock import Clock
from core.link import BrokerLink
from core.room import Health
from field.contract.capabilities import Caps
from radio_bridge.drivers.voice import Arrivals


class Network(Protocol):
    """What every driver can say of its network."""

    @property
    def network(self) -> str:
        """Its name in ids and topics."""
        ...

    @property
    def kind(self) -> str:
        """The driver's name."""
        ...

    @property
    def caps(self) -> Caps:
        """What the driver can do with this network."""
        ...

    def health(self) -> Health:
        """Up, or which connection is down and why."""
        ...


@dataclass(frozen=True, slots=True)
class NetworkPorts:
    """For the role `radio`. `arrivals` takes who is present in a network, `terminals` is the network of
    mobile terminals, `recorder` makes the link to the broker of a trunk-recorder: it is asked when the
    settings name what is listened to. Make the networks before the link starts.
    """

    bus: Bus
    clock: Clock
    arrivals: Arrivals
    terminals: Network
    recorder: Callable[[], BrokerLink]
