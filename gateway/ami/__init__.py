"""The manager interface of Asterisk: codec, session and client of our own; public names stand here."""

from typing import TYPE_CHECKING

from core.lazy import public_names

if TYPE_CHECKING:
    from gateway.ami.client import AmiClient
    from gateway.ami.message import Banner, Event, Message, Response
    from gateway.ami.originate import (
        NotPlaced,
        Originated,
        OriginateResult,
        Placed,
        Refused,
        Settled,
        Uncertain,
    )
    from gateway.ami.outcome import DownReason
    from gateway.ami.settings import AmiSettings
    from gateway.ami.subscription import Item, LinkDown, Live, Snapshot, Subscription
else:
    __getattr__ = public_names(
        __name__, ("settings", "message", "outcome", "subscription", "originate", "client")
    )

__all__ = [
    "AmiClient",
    "AmiSettings",
    "Banner",
    "DownReason",
    "Event",
    "Item",
    "LinkDown",
    "Live",
    "Message",
    "NotPlaced",
    "OriginateResult",
    "Originated",
    "Placed",
    "Refused",
    "Response",
    "Settled",
    "Snapshot",
    "Subscription",
    "Uncertain",
]
