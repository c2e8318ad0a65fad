"""What becomes of a message that could not be sent as it should."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from core.errors import Conflict, Invalid, NotFound, Unavailable


class MessageUnsent(Unavailable):
    """The peer does not have it; it is tried again."""

    kind: ClassVar[str] = "message-unsent"
    title: ClassVar[str] = "The message could not be sent now"


class MessageRejected(Invalid):
    """The peer refuses it for good."""

    kind: ClassVar[str] = "message-rejected"
    title: ClassVar[str] = "The message cannot be sent to this number"


class MessageInDoubt(Unavailable):
    """It left, and no answer came: the peer may have it. `taken` are the ids of the parts that it has."""

    kind: ClassVar[str] = "message-in-doubt"
    title: ClassVar[str] = "It is not known whether the message was taken"

    def __init__(self, detail: str = "", *, remedy: str = "", taken: Sequence[str] = ()) -> None:
        super().__init__(detail, remedy=remedy)
        self.taken = taken


class NoSuchMessage(NotFound):
    kind: ClassVar[str] = "no-such-message"
    title: ClassVar[str] = "There is no such message"


class MessageNotOver(Conflict):
    kind: ClassVar[str] = "message-not-over"
    title: ClassVar[str] = "Only a message that did not arrive is sent again"


class NoMobileNumber(Invalid):
    kind: ClassVar[str] = "no-mobile-number"
    title: ClassVar[str] = "This is neither a telephone number nor an e-mail address"
