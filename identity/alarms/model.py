"""An alarm about the use of access rights. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class OversightAlarm:
    """`kind`: `waiting` (a request waits for a second person; no alarm yet), `alone` (an act was done and
    nobody else has looked at it yet), `overdue` (the time for that is over), `objected` (a second person has
    objected), `break-glass` (the sealed account was used), `number-search` (somebody has searched for more
    numbers than he may).

    `who` did it; `act` and `number` are those of the request; `until` says when the second person is due, or
    when the session of the sealed account ends.
    """

    alarm_id: str
    kind: str
    began_at: datetime
    who: str
    act: str = ""
    number: int = 0
    until: datetime | None = None
    objected_by: str = ""
    remark: str = ""
    over: bool = False
    taken_by: str = ""
