"""What a message would do here, and why it is refused. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from core.models import Frozen
from warning.cap.errors import CapRefusal, RefusalReason, because
from warning.cap.identifier import is_identifier
from warning.cap.model import CapMessage, CapReference, CapScope, CapStatus, CapType

Effect = Literal["alert", "update", "cancel", "nothing"]
RELAYED: Final = (CapStatus.ACTUAL, CapStatus.EXERCISE, CapStatus.TEST)
_EFFECTS: Final[Mapping[CapType, Effect]] = {
    CapType.ALERT: "alert",
    CapType.UPDATE: "update",
    CapType.CANCEL: "cancel",
}


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """A message that is here; `over`: it has ended, `cancelled`: by a Cancel or a person."""

    sent: datetime
    status: CapStatus
    over: bool
    cancelled: bool


class CapVerdict(Frozen):
    """What the message would do once people release it; without `refusals` it is taken as a draft."""

    effect: Effect
    refers_to: tuple[CapReference, ...]
    refusals: tuple[RefusalReason, ...]
    people: int
    """How many must release it."""


def judge(
    message: CapMessage,
    known: Mapping[tuple[str, str], KnownMessage],
    now: datetime,
    *,
    ahead: timedelta,
    gb_identifiers: bool,
) -> CapVerdict:
    """`known` by sender and identifier: at least this message and those that it refers to."""
    refusals = [
        *_relayed(message, gb_identifiers=gb_identifiers),
        *_in_time(message, now, ahead),
        *_complete(message),
        *_new(message, known),
        *_referring(message, known),
    ]
    effect = "nothing" if refusals else _EFFECTS[message.msg_type]
    return CapVerdict(
        effect=effect,
        refers_to=message.references,
        refusals=tuple(refusals),
        people=2 if message.status is CapStatus.ACTUAL else 1,
    )


def _relayed(message: CapMessage, *, gb_identifiers: bool) -> Collection[RefusalReason]:
    found = []
    if message.status not in RELAYED or message.msg_type not in _EFFECTS:
        found.append(because(CapRefusal.NOT_RELAYED, f"it is {message.status} {message.msg_type}"))
    if message.scope is not CapScope.PUBLIC:
        found.append(because(CapRefusal.NOT_RELAYED, f"its scope is {message.scope}"))
    if gb_identifiers and not is_identifier(message.identifier):
        found.append(because(CapRefusal.IDENTIFIER, "its identifier has not the form of GB/T 35965"))
    return found


def _in_time(message: CapMessage, now: datetime, ahead: timedelta) -> Collection[RefusalReason]:
    found = []
    if message.sent > now + ahead:
        found.append(because(CapRefusal.FROM_THE_FUTURE, f"it was sent at {message.sent.isoformat()}"))
    if message.expires is not None and message.expires <= now:
        found.append(because(CapRefusal.EXPIRED, f"it held until {message.expires.isoformat()}"))
    return found


def _complete(message: CapMessage) -> Collection[RefusalReason]:
    if message.msg_type not in {CapType.ALERT, CapType.UPDATE}:
        return ()
    found = []
    said = all(info.headline or info.description for info in message.infos)
    if not message.infos or not said:
        found.append(because(CapRefusal.NO_WORDS, "it has neither headline nor description"))
    if message.infos and message.expires is None:
        found.append(because(CapRefusal.NO_EXPIRY, "it does not say until when it holds"))
    placed = [one for one in message.areas if one.polygons or one.circles or one.geocodes]
    if message.infos and not placed:
        found.append(because(CapRefusal.NO_AREA, "it does not say where it holds"))
    return found


def _new(message: CapMessage, known: Mapping[tuple[str, str], KnownMessage]) -> Collection[RefusalReason]:
    if message.reference.key in known:
        return (because(CapRefusal.DUPLICATE, "a message of this sender has this identifier"),)
    return ()


def _referring(
    message: CapMessage, known: Mapping[tuple[str, str], KnownMessage]
) -> Collection[RefusalReason]:
    if message.msg_type not in {CapType.UPDATE, CapType.CANCEL}:
        return ()
    if not message.references:
        return (because(CapRefusal.NO_REFERENCE, "it names no message that it changes"),)
    return [why for one in message.references if (why := _fault(message, one, known)) is not None]


def _fault(
    message: CapMessage, one: CapReference, known: Mapping[tuple[str, str], KnownMessage]
) -> RefusalReason | None:
    before = known.get(one.key)
    if one.sender != message.sender:
        return because(CapRefusal.FOREIGN_REFERENCE, f"{one.identifier} is of another sender")
    if before is None or before.sent != one.sent:
        return because(CapRefusal.UNKNOWN_REFERENCE, f"{one.identifier} is not here")
    if before.status is not message.status:
        return because(
            CapRefusal.OTHER_STATUS, f"{one.identifier} is {before.status}, this is {message.status}"
        )
    if before.cancelled:
        return because(CapRefusal.CANCELLED_ALREADY, f"{one.identifier} is cancelled")
    if before.over:
        return because(CapRefusal.ENDED_ALREADY, f"{one.identifier} has ended")
    return None
