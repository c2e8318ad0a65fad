"""What the session wants done, and what it tells of messages. Pure data."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum

from gateway.smpp.codec import ShortMessage


class SmppDownReason(StrEnum):
    REFUSED = "refused"
    """The SMSC does not let us in: system id, password or address."""
    CONNECT = "connect"
    """Nothing listens there."""
    SILENT = "silent"
    """No answer within the time."""
    CLOSED = "closed"
    """The SMSC ended the link."""
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class SmppConnect:
    """Open a connection."""


@dataclass(frozen=True, slots=True)
class SmppSend:
    data: bytes


@dataclass(frozen=True, slots=True)
class SmppClose:
    """End the connection; nothing is told of it afterwards."""


@dataclass(frozen=True, slots=True)
class SmppUp:
    """Bound: messages may be submitted."""


@dataclass(frozen=True, slots=True)
class SmppDown:
    reason: SmppDownReason
    status: int = 0


@dataclass(frozen=True, slots=True)
class SmppSubmitted:
    """The SMSC has the message, and calls it so."""

    key: Hashable
    message_id: str


@dataclass(frozen=True, slots=True)
class SmppRejected:
    """The SMSC does not have it, by command_status."""

    key: Hashable
    status: int


@dataclass(frozen=True, slots=True)
class SmppUnsent:
    """It never left: the link went down before."""

    key: Hashable


@dataclass(frozen=True, slots=True)
class SmppInDoubt:
    """It left, and no answer came: the SMSC may have it."""

    key: Hashable


@dataclass(frozen=True, slots=True)
class SmppDelivered:
    """A deliver_sm: a citizen's message or a receipt. Answer it by `epoch` and `sequence`."""

    epoch: int
    sequence: int
    message: ShortMessage


SmppEffect = (
    SmppConnect | SmppSend | SmppClose | SmppUp | SmppDown | SmppSubmitted | SmppRejected | SmppUnsent
    | SmppInDoubt | SmppDelivered
)  # fmt: skip
