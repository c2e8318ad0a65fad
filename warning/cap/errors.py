"""What a message can be refused for: each refusal has a name, a cause and a remedy."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from core.errors import Invalid
from core.models import Frozen


class CapRefusal(StrEnum):
    NOT_XML = "not-xml"
    TOO_LARGE = "too-large"
    TOO_DEEP = "too-deep"
    DECLARATIONS = "declarations"
    NOT_CAP = "not-cap"
    INVALID = "invalid"
    IDENTIFIER = "identifier"
    NOT_RELAYED = "not-relayed"
    UNSIGNED = "unsigned"
    SIGNATURE = "signature"
    CERTIFICATE = "certificate"
    UNKNOWN_SENDER = "unknown-sender"
    DUPLICATE = "duplicate"
    FROM_THE_FUTURE = "from-the-future"
    EXPIRED = "expired"
    NO_EXPIRY = "no-expiry"
    NO_AREA = "no-area"
    NO_WORDS = "no-words"
    NO_REFERENCE = "no-reference"
    UNKNOWN_REFERENCE = "unknown-reference"
    FOREIGN_REFERENCE = "foreign-reference"
    CANCELLED_ALREADY = "cancelled-already"
    ENDED_ALREADY = "ended-already"
    OTHER_STATUS = "other-status"


REMEDIES: Final = {
    CapRefusal.NOT_XML: "have the sender send XML in UTF-8",
    CapRefusal.TOO_LARGE: "have the sender send fewer languages or coarser areas",
    CapRefusal.TOO_DEEP: "this is no CAP message: ask who sent it",
    CapRefusal.DECLARATIONS: "have the sender leave out DTD and entities",
    CapRefusal.NOT_CAP: "have the sender send CAP 1.2",
    CapRefusal.INVALID: "have the sender correct this element",
    CapRefusal.IDENTIFIER: "have the sender number its messages by GB/T 35965, or switch the check off: "
    "[warning.senders.*] gb_identifiers = false",
    CapRefusal.NOT_RELAYED: "nothing: only public warnings, exercises and tests are relayed",
    CapRefusal.UNSIGNED: "have the sender sign, or allow it: [warning.senders.*] unsigned = true",
    CapRefusal.SIGNATURE: "ask the sender by another way whether it sent this",
    CapRefusal.CERTIFICATE: "get the sender's present certificate, and see the machine's clock",
    CapRefusal.UNKNOWN_SENDER: "add it to [warning.senders], with its certificate, if it may warn here",
    CapRefusal.DUPLICATE: "nothing: this message is here already",
    CapRefusal.FROM_THE_FUTURE: "see the clocks of the sender and of this machine",
    CapRefusal.EXPIRED: "nothing: it holds no more",
    CapRefusal.NO_EXPIRY: "have the sender say until when it holds",
    CapRefusal.NO_AREA: "have the sender say where it holds: polygon, circle or geocode",
    CapRefusal.NO_WORDS: "have the sender say what is warned of",
    CapRefusal.NO_REFERENCE: "have the sender name the message that it changes",
    CapRefusal.UNKNOWN_REFERENCE: "import the message that it names first",
    CapRefusal.FOREIGN_REFERENCE: "nothing: a sender changes its own messages alone",
    CapRefusal.CANCELLED_ALREADY: "nothing: what it names is cancelled",
    CapRefusal.ENDED_ALREADY: "have the sender send an Alert: what it names has ended",
    CapRefusal.OTHER_STATUS: "nothing: an exercise changes no actual warning",
}


class RefusalReason(Frozen):
    """Why a message is refused, and what helps."""

    kind: CapRefusal
    cause: str
    remedy: str


def because(kind: CapRefusal, cause: str) -> RefusalReason:
    return RefusalReason(kind=kind, cause=cause, remedy=REMEDIES[kind])


class NotCap(Invalid):
    """The bytes are no CAP message that is taken; `why` is a `CapRefusal`."""

    kind = "not-cap"
    title = "This is not a CAP message that can be taken"

    def __init__(self, why: CapRefusal, cause: str) -> None:
        super().__init__(cause, remedy=REMEDIES[why], why=why.value)
        self.reason = because(why, cause)
