"""What a verification task is about, as its inspector is told: never a caller's name or number."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from cases.beats.model import Beat
from cases.drafting.model import Draft, FieldName
from cases.gazetteer.lookup import Gazetteer
from cases.grid.service import CaseGrid
from cases.life.model import URGENT, Case, position_of
from cases.life.position import position_of_report
from cases.views import CaseViews
from core.place import Position


@dataclass(frozen=True, slots=True)
class VerificationSubject:
    """`position` is empty where nobody has measured one; `beat` is that of the place."""

    draft_id: UUID | None
    case_id: UUID | None
    category: str
    category_name: str
    place: str
    description: str
    urgent: bool
    confidential: bool
    position: Position | None
    beat: Beat | None


class VerificationSubjects:
    """Reads them out of drafts and cases."""

    def __init__(self, views: CaseViews, gazetteer: Gazetteer, grid: CaseGrid) -> None:
        self._views = views
        self._gazetteer = gazetteer
        self._grid = grid

    def of_draft(self, draft: Draft, *, confidential: bool) -> VerificationSubject:
        found = position_of_report(draft, self._gazetteer)
        there = None if found is None else self._grid.at(found.position, invented=found.invented)
        district = self._gazetteer.district(draft.value(FieldName.DISTRICT) or "")
        where = draft.value(FieldName.CROSSING) or draft.value(FieldName.ADDRESS) or ""
        category = draft.value(FieldName.CATEGORY) or ""
        return VerificationSubject(
            draft_id=draft.draft_id,
            case_id=None,
            category=category,
            category_name=self._views.category_name(category) if category else "",
            place=(district.name_zh if district else "") + where,
            description="" if confidential else draft.value(FieldName.DESCRIPTION) or "",
            urgent=draft.value(FieldName.URGENCY) in URGENT,
            confidential=confidential,
            position=None if found is None or found.invented else found.position,
            beat=None if there is None else there.beat,
        )

    def of_case(self, case: Case) -> VerificationSubject:
        """Of a confidential case without the citizen's own words."""
        return VerificationSubject(
            draft_id=None,
            case_id=case.case_id,
            category=case.category,
            category_name=self._views.category_name(case.category),
            place=self._views.place(case),
            description="" if case.confidential else case.description,
            urgent=case.urgency in URGENT,
            confidential=case.confidential,
            position=None if case.invented else position_of(case.lon, case.lat, case.accuracy_m),
            beat=self._grid.beats.by_id.get(case.beat or ""),
        )
