"""A pause of a call's recording, as it runs: pure data and rules. Times are UTC."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

Ended = Literal["resumed", "limit", "call-ended"]

REASON = re.compile(r"[a-z][a-z0-9-]{0,31}")
"""A reason is a code word: it goes into Asterisk's own ledger."""


@dataclass(frozen=True, slots=True)
class LiveLeg:
    """A channel of a call that runs."""

    uniqueid: str
    linkedid: str
    channel: str


@dataclass(slots=True)
class RunningPause:
    """`muted` are the legs whose recording is silent now, by uniqueid; `until` is the latest end; `absent`
    counts the looks in a row that did not find the call; `names` are all ids under which the call was seen;
    `told` are the calls whose desks know of it, with the agents who were told.
    """

    op_id: UUID
    call_id: UUID
    reason: str
    by: str
    since: datetime
    until: datetime
    muted: dict[str, LiveLeg] = field(default_factory=dict)
    ended_at: datetime | None = None
    ended_how: Ended | None = None
    ended_by: str | None = None
    resume_op: UUID | None = None
    resumed_by: str = ""
    absent: int = 0
    names: set[UUID] = field(default_factory=set)
    told: dict[UUID, frozenset[str]] = field(default_factory=dict)

    def shown(self) -> dict[str, object]:
        """As the route answers it."""
        return {
            "op_id": str(self.op_id),
            "call_id": str(self.call_id),
            "paused": self.ended_at is None,
            "reason": self.reason,
            "by": self.by,
            "since": self.since.isoformat(),
            "until": (self.ended_at or self.until).isoformat(),
            "ended_how": self.ended_how,
            "ended_by": self.ended_by,
        }
