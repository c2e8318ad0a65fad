"""Sounds to a multicast address: loudspeakers and telephones that listen to it hear them."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import ClassVar, Final, Literal

from gateway.ami import values
from gateway.ami.actions import parts
from gateway.ami.actions.action import Headers
from gateway.ami.errors import UnsafeValue
from gateway.ami.values import Dialplan

PAGE: Final = "tap-page-"
"""Begins the Uniqueid of a channel that sends a page; its delivery's UUID follows."""


def page_channel(delivery: str) -> str:
    return f"{PAGE}{values.stream_id(delivery)}"


@dataclass(frozen=True, slots=True)
class PageGroup:
    """Send what `context`/`extension` plays as RTP with G.711 to `address`:`port`. Nobody's leg, without a
    CDR; its channel id is given when it is placed. `interface` is the address by which it leaves, None: the
    machine's route.
    """

    name: ClassVar[str] = "Originate"
    rings: ClassVar[bool] = True
    address: IPv4Address
    port: int
    codec: Literal["ulaw", "alaw"]
    hops: int
    interface: IPv4Address | None
    context: str
    extension: str

    def headers(self, dialplan: Dialplan) -> Headers:
        if not self.address.is_multicast or not 1 <= self.port <= 65_535 or not 1 <= self.hops <= 255:
            raise UnsafeValue("a page goes to a multicast address and port")
        by = "" if self.interface is None else f"i({self.interface})"
        return [
            ("Channel", f"MulticastRTP/basic/{self.address}:{self.port}//c({self.codec})t({self.hops}){by}"),
            *parts.into(dialplan, self.context, self.extension),
            ("Variable", "CDR_PROP(disable)=1"),
            *parts.timeout(5.0),
        ]


@dataclass(frozen=True, slots=True)
class EndPage:
    """End the page of this delivery (a UUID). A channel is found by its uniqueid, too."""

    name: ClassVar[str] = "Hangup"
    rings: ClassVar[bool] = False
    delivery: str

    def headers(self, dialplan: Dialplan) -> Headers:
        del dialplan
        return [("Channel", page_channel(self.delivery)), ("Cause", "16")]
