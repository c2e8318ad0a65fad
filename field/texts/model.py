"""A text on its way: how far it has come, whatever order the reports come in. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from field.events import TextDirection, TextState

KEPT_FOR = timedelta(hours=24)
"""How long a text to a unit waits for it; what nobody has read by then is old."""
MOST_CHARACTERS = 1000

WAITING = frozenset({TextState.QUEUED, TextState.UNREACHABLE, TextState.SENT})
"""May still have to be sent: only the unit's own word says that it has it."""


@dataclass(frozen=True, slots=True)
class UnitText:
    """`text_id` is the message's id on the wire in every copy. `by` is the user who wrote it to the unit;
    `at` when the centre took it, `said_at` when it was written. `read_by` is who has read a unit's text.
    `until`: it says nothing that holds later.
    """

    text_id: UUID
    unit_id: str
    way: TextDirection
    state: TextState
    text: str
    by: str
    by_name: str
    said_at: datetime
    at: datetime
    seq: int = 0
    delivered_at: datetime | None = None
    displayed_at: datetime | None = None
    read_by: str = ""
    read_at: datetime | None = None
    until: datetime | None = None

    @property
    def expires_at(self) -> datetime:
        """Until when it is offered to the unit."""
        at_most = self.at + KEPT_FOR
        return at_most if self.until is None else min(self.until, at_most)


@dataclass(frozen=True, slots=True)
class Offered:
    """The network's answer: whether it holds the text for the unit."""

    reached: bool


@dataclass(frozen=True, slots=True)
class TextReceived:
    """The unit has the text, or it was on its screen, at `at`."""

    step: Literal["delivered", "displayed"]
    at: datetime


@dataclass(frozen=True, slots=True)
class TextTick:
    now: datetime


@dataclass(frozen=True, slots=True)
class TextRead:
    """Somebody at the centre has read a unit's text."""

    by: str
    at: datetime


Signal = Offered | TextReceived | TextTick | TextRead


def apply(text: UnitText, signal: Signal) -> tuple[UnitText, bool]:
    """The text after the signal, and whether it has come further. It never goes back."""
    after = _down(text, signal) if text.way == "down" else _up(text, signal)
    return after, after.state is not text.state


def _down(text: UnitText, signal: Signal) -> UnitText:
    match signal:
        case Offered(reached):
            if text.state not in WAITING or (text.state is TextState.SENT and not reached):
                return text
            return replace(text, state=TextState.SENT if reached else TextState.UNREACHABLE)
        case TextReceived(step, at):
            state = TextState(step)
            if state.rank <= text.state.rank:
                return text
            delivered = text.delivered_at or at
            shown = at if state is TextState.DISPLAYED else None
            return replace(text, state=state, delivered_at=delivered, displayed_at=shown)
        case TextTick(now):
            if text.state in WAITING and now >= text.expires_at:
                return replace(text, state=TextState.EXPIRED)
    return text


def _up(text: UnitText, signal: Signal) -> UnitText:
    if isinstance(signal, TextRead) and text.state is TextState.RECEIVED:
        return replace(text, state=TextState.READ, read_by=signal.by, read_at=signal.at)
    return text
