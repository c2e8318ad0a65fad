"""A warning from draft to end, and who may release it: a pure state machine.

`waiting` → (`half_released` →) `running` → `ended` | `cancelled` | `replaced`; before it runs it may be
`withdrawn`, or be over without ever having run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid5

from warning.cap.checks import KnownMessage
from warning.cap.model import CapMessage, CapStatus
from warning.channels import WarningChannel
from warning.errors import (
    DrafterCannotRelease,
    ReleasedByYou,
    WarningExpired,
    WarningOver,
    WarningReleased,
)

_WARNINGS: Final = UUID("5f6f2a3e-6a5b-5d0c-9d2e-0a4f7f1c9b11")
SHORT: Final = timedelta(hours=1)
"""How long a message runs that does not say until when: an all-clear."""


class WarningState(StrEnum):
    WAITING = "waiting"
    HALF_RELEASED = "half_released"
    RUNNING = "running"
    ENDED = "ended"
    CANCELLED = "cancelled"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


BEFORE: Final = frozenset({WarningState.WAITING, WarningState.HALF_RELEASED})
OVER: Final = frozenset(
    {WarningState.ENDED, WarningState.CANCELLED, WarningState.REPLACED, WarningState.WITHDRAWN}
)


class WarningOrigin(StrEnum):
    """`received`: another sender's message; `drafted`: ours."""

    RECEIVED = "received"
    DRAFTED = "drafted"


@dataclass(frozen=True, slots=True)
class RecordedWarning:
    """Times are UTC, people user names. `ends_at`: it never runs longer. `signed`: its sender's certificate
    proved it.
    """

    warning_id: UUID
    message: CapMessage
    origin: WarningOrigin
    signed: bool
    channels: tuple[WarningChannel, ...]
    made_by: str
    made_at: datetime
    state: WarningState = WarningState.WAITING
    first_by: str = ""
    first_at: datetime | None = None
    released_by: str = ""
    released_at: datetime | None = None
    ends_at: datetime | None = None
    over_by: str = ""
    over_at: datetime | None = None
    over_why: str = ""

    @property
    def people(self) -> int:
        """How many must release it."""
        return 2 if self.message.status is CapStatus.ACTUAL else 1

    @property
    def drafter(self) -> str:
        """Whose words it may be: nobody's here when its sender signed it; of what nothing proves, the
        importer's.
        """
        return "" if self.origin is WarningOrigin.RECEIVED and self.signed else self.made_by

    @property
    def stopped(self) -> bool:
        """A person stopped it: those who were told may still be given an all-clear."""
        return self.state is WarningState.CANCELLED and bool(self.over_by)

    @property
    def known(self) -> KnownMessage:
        """As later messages that refer to it see it."""
        return KnownMessage(
            self.message.sent,
            self.message.status,
            over=self.state in OVER and not self.stopped,
            cancelled=self.state is WarningState.CANCELLED and not self.stopped,
        )


@dataclass(frozen=True, slots=True)
class ReleasedBy:
    person: str


@dataclass(frozen=True, slots=True)
class CancelledBy:
    person: str
    why: str


@dataclass(frozen=True, slots=True)
class CancelledByMessage:
    identifier: str


@dataclass(frozen=True, slots=True)
class ReplacedByMessage:
    identifier: str


@dataclass(frozen=True, slots=True)
class TimePassed:
    pass


WarningAct = ReleasedBy | CancelledBy | CancelledByMessage | ReplacedByMessage | TimePassed


def warning_id_of(sender: str, identifier: str) -> UUID:
    """A message is here once: its id follows from what names it."""
    return uuid5(_WARNINGS, f"{sender}\n{identifier}")


def apply(
    warning: RecordedWarning, act: WarningAct, now: datetime, *, drafter_may: bool, at_most: timedelta
) -> RecordedWarning:
    """The warning after the act. Raises `WarningOver`, `WarningReleased`, `ReleasedByYou`,
    `DrafterCannotRelease`, `WarningExpired`.
    """
    if warning.state in OVER:
        raise WarningOver(warning.state.value, remedy="reload the list")
    if isinstance(act, ReleasedBy):
        return _released(warning, act.person, now, drafter_may=drafter_may, at_most=at_most)
    state, by, why = _end(warning, act)
    if isinstance(act, TimePassed) and not _time_passed(warning, now):
        return warning
    return replace(warning, state=state, over_by=by, over_at=now, over_why=why)


def ends(warning: RecordedWarning, now: datetime, at_most: timedelta) -> datetime:
    """Until when it runs, released `now`."""
    wanted = warning.message.expires or now + SHORT
    return min(wanted, now + at_most)


def _released(
    warning: RecordedWarning, person: str, now: datetime, *, drafter_may: bool, at_most: timedelta
) -> RecordedWarning:
    if warning.state is WarningState.RUNNING:
        raise WarningReleased(remedy="reload the list")
    if warning.message.expires is not None and warning.message.expires <= now:
        raise WarningExpired(remedy="draft it anew")
    if warning.people == 1:
        return _running(warning, person, now, at_most)
    if person == warning.first_by:
        raise ReleasedByYou(remedy="ask a second person")
    if person == warning.drafter and not drafter_may:
        raise DrafterCannotRelease(remedy="ask two others; or see [warning] drafter_may_release")
    if warning.state is WarningState.WAITING:
        return replace(warning, state=WarningState.HALF_RELEASED, first_by=person, first_at=now)
    return _running(warning, person, now, at_most)


def _running(warning: RecordedWarning, person: str, now: datetime, at_most: timedelta) -> RecordedWarning:
    until = ends(warning, now, at_most)
    return replace(warning, state=WarningState.RUNNING, released_by=person, released_at=now, ends_at=until)


def _end(
    warning: RecordedWarning, act: CancelledBy | CancelledByMessage | ReplacedByMessage | TimePassed
) -> tuple[WarningState, str, str]:
    match act:
        case CancelledBy(person, why):
            before = warning.state in BEFORE
            return (WarningState.WITHDRAWN if before else WarningState.CANCELLED), person, why
        case CancelledByMessage(identifier):
            return WarningState.CANCELLED, "", identifier
        case ReplacedByMessage(identifier):
            return WarningState.REPLACED, "", identifier
        case TimePassed():
            return WarningState.ENDED, "", ""


def _time_passed(warning: RecordedWarning, now: datetime) -> bool:
    until = warning.ends_at if warning.state is WarningState.RUNNING else warning.message.expires
    return until is not None and until <= now
