"""Enters what was written on paper during an outage: with its true time, under a number of the day of entry.

Numbers have no gaps, so a case of yesterday's paper cannot have one of yesterday's; `taken_at` says when it
was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from cases import rights
from cases.drafting.model import Draft, FieldName, FieldValue
from cases.drafting.values import FieldRules
from cases.errors import BadPaperTime
from cases.events import CaseView
from cases.life.service import CaseService
from cases.shown import Shown
from core.actor import Actor
from core.clock import Clock
from core.ids import uuid7
from core.scopes import Scope

OLDEST: Final = timedelta(days=60)
AHEAD: Final = timedelta(minutes=2)
"""How far a clock on the wall may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class PaperCase:
    """What stands on the paper: the form's fields, when it was written, and by whom."""

    fields: Mapping[FieldName, str | None]
    taken_at: datetime
    taken_by: str
    confidential: bool = False
    condition: str = ""


class PaperCases:
    def __init__(self, cases: CaseService, rules: FieldRules, clock: Clock) -> None:
        self._cases = cases
        self._rules = rules
        self._clock = clock

    async def enter(self, paper: PaperCase, *, op_id: UUID, actor: Actor) -> CaseView:
        """File it, once for each `op_id`. Raises `Forbidden`, `OutOfScope`, `BadPaperTime`, `Invalid`,
        `DraftIncomplete`, `NoSuchCondition`.
        """
        rights.FILE_ON_PAPER.check(actor)
        now = self._clock.now()
        if not now - OLDEST <= paper.taken_at <= now + AHEAD:
            raise BadPaperTime(
                "the time is in the future or too long ago", remedy="write the time that stands on the paper"
            )
        values = {name: self._rules.checked(name, value) for name, value in paper.fields.items()}
        actor.require_within(Scope.DISTRICT, values.get(FieldName.DISTRICT))
        form = Draft(
            draft_id=uuid7(),
            began_at=paper.taken_at,
            fields={
                name: FieldValue(value=value, confidence=1.0, shown=Shown.SURE, by="agent")
                for name, value in values.items()
                if value is not None
            },
        )
        return await self._cases.file_paper(
            form,
            taken_at=min(paper.taken_at, now),
            taken_by=paper.taken_by,
            op_id=op_id,
            actor=actor,
            confidential=paper.confidential,
            condition=paper.condition,
        )
