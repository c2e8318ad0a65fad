"""The manager interface of Asterisk: codec, session and client of our own; public names stand here."""

from typing import TYPE_CHECKING

from core.lazy import public_names

if TYPE_CHECKING:
    from gateway.ami.client import AmiClient
    from gateway.ami.message import AmiEvent, AmiPacket, AmiResponse, Banner
    from gateway.ami.originate import (
        AcknowledgementRefused,
        NotPlaced,
        Originated,
        OriginateResult,
        Placed,
        Settled,
        Uncertain,
    )
    from gateway.ami.outcome import DownReason
    from gateway.ami.settings import AmiSettings
    from gateway.ami.subscription import Item, Live, Snapshot, Subscription, SubscriptionDown
else:
    __getattr__ = public_names(
        __name__, ("settings", "message", "outcome", "subscription", "originate", "client")
    )

__all__ = [
    "AcknowledgementRefused",
    "AmiClient",
    "AmiEvent",
    "AmiPacket",
    "AmiResponse",
    "AmiSettings",
    "Banner",
    "DownReason",
    "Item",
    "Live",
    "NotPlaced",
    "OriginateResult",
    "Originated",
    "Placed",
    "Settled",
    "Snapshot",
    "Subscription",
    "SubscriptionDown",
    "Uncertain",
]
