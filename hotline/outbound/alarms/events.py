"""What the hotline tells of calls to supervisors for a unit's emergency."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from core.events import PUBLIC, Delivery, Event
from core.models import Frozen

Way = Literal["desk", "outside"]
AlarmCallStage = Literal["placing", "ringing", "listening", "pressed", "over"]
"""`listening` has picked up and hears which unit it is; `pressed` has pressed 1."""
AlarmCallOutcome = Literal[
    "acknowledged", "no_key", "no_answer", "busy", "declined", "unreachable", "not_placed", "stopped",
    "lost", "unknown",
]  # fmt: skip
"""`stopped`: somebody else has acknowledged. `lost`: he pressed 1, and it could not be written down.
`unknown`: nobody can tell whether the telephone rang.
"""


class AlarmCallView(Frozen):
    """One call to one person. `number` counts the calls for this alarm from 1, `round` the rounds from 0.

    The telephone's number is not told: who reads this needs the name alone.
    """

    attempt_id: Annotated[UUID, PUBLIC]
    alarm_id: Annotated[UUID, PUBLIC]
    unit_id: Annotated[str, PUBLIC]
    number: int
    round: int
    user_id: str
    name: str
    way: Way
    stage: AlarmCallStage
    began: datetime
    answered: datetime | None = None
    ended: datetime | None = None
    outcome: AlarmCallOutcome | None = None


class AlarmCallChanged(Event):
    """A supervisor is called for an emergency that nobody has answered, or that call has gone on or ended."""

    TYPE: ClassVar[str] = "hotline.alarm_call_changed"
    DELIVERY: ClassVar[Delivery] = "durable"

    call: AlarmCallView


class AlarmCallsExhausted(Event):
    """Everybody was called as often as the settings say and nobody has acknowledged: no telephone rings for
    this alarm any more. The desks go on being told of it.
    """

    TYPE: ClassVar[str] = "hotline.alarm_calls_exhausted"

    alarm_id: Annotated[UUID, PUBLIC]
    unit_id: Annotated[str, PUBLIC]
    calls: int
