"""From the inner models to what desks and events show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from cases.catalogue.model import Catalogues
from cases.closing.model import ClosingCondition
from cases.deadlines.model import CaseClock, ConditionChoice, current, was_overdue
from cases.dispatch.model import Dispatch
from cases.drafting.store import StoredDraft
from cases.errors import NoSuchCategory
from cases.events import (
    ArticleUseView,
    CaseClosingView,
    CaseDeadlineView,
    CaseProgress,
    CaseReferenceView,
    CaseRelationView,
    CaseResponsibilityView,
    CaseState,
    CaseView,
    DangerAlarmView,
    DispatchView,
    DraftView,
    MergedCaseView,
    OutsideDeadlineView,
    ResponsibleDepartmentView,
    SuperiorOrderView,
)
from cases.gazetteer.lookup import Gazetteer
from cases.life.model import Case
from cases.merging.model import CaseFamily
from cases.relations.model import RelatedCase
from cases.responsibility.store import CaseDepartment, DepartmentPart
from cases.superior.model import SuperiorOrder


def draft_view(stored: StoredDraft) -> DraftView:
    """The answer for a draft."""
    draft = stored.draft
    return DraftView(
        draft_id=draft.draft_id,
        call_id=draft.call_id,
        state=stored.state,
        case_id=stored.case_id,
        rev=draft.rev,
        fields={name.value: value for name, value in draft.fields.items()},
        alarms=[
            DangerAlarmView(
                rule=alarm.rule,
                number=alarm.number,
                evidence=alarm.evidence,
                dismissed=alarm.dismissed,
            )
            for alarm in draft.alarms
        ],
        additional_problems=list(draft.additional_problems),
        duplicates=list(draft.duplicates),
        about=draft.about,
        source=draft.source,
        taken_by=stored.taken_by,
        holder=draft.holder,
        holder_name=draft.holder_name,
        part=draft.part,
        parts=list(draft.parts),
    )


def dispatch_view(dispatch: Dispatch) -> DispatchView:
    """The answer for a dispatch."""
    return DispatchView(
        dispatch_id=dispatch.dispatch_id,
        case_id=dispatch.case_id,
        unit_id=dispatch.unit_id,
        step=dispatch.step,
        reason=dispatch.reason or None,
        note=dispatch.note or None,
        at=dispatch.at,
        takes_over=dispatch.takes_over,
        assignment_id=dispatch.assignment_id,
    )


def deadline_view(clocks: Sequence[CaseClock]) -> CaseDeadlineView | None:
    """The answer for the clocks of a case; None without any."""
    clock = current(clocks)
    if clock is None:
        return None
    terms = clock.terms
    return CaseDeadlineView(
        stage=clock.stage.value,
        started_at=clock.started_at,
        due_at=terms.due_at,
        warn_at=terms.warn_at,
        provisional=terms.provisional,
        limit=terms.limit_text,
        area_class=terms.area_class,
        condition_zh=terms.condition_zh,
        condition_en=terms.condition_en,
        assumed=terms.choice is ConditionChoice.ASSUMED,
        state=clock.state,
        stopped_at=clock.stopped_at,
        was_overdue=was_overdue(clocks),
        decided_by=terms.decided_by.value,
        outside=outside_view(terms.outside_due_at, terms.outside_by, terms.outside_reference),
    )


def outside_view(due_at: datetime | None, set_by: str, reference: str) -> OutsideDeadlineView | None:
    """The answer for a deadline from outside; None without one."""
    return None if due_at is None else OutsideDeadlineView(due_at=due_at, set_by=set_by, reference=reference)


def responsibility_view(departments: Sequence[CaseDepartment]) -> CaseResponsibilityView | None:
    """The answer for the departments of a case; None without a host."""
    host = next((one for one in departments if one.part is DepartmentPart.HOST), None)
    if host is None:
        return None
    return CaseResponsibilityView(
        host=_department(host),
        assists=[_department(one) for one in departments if one is not host],
        why=host.why,
        row=host.row,
        chosen_by=host.chosen_by,
    )


def _department(one: CaseDepartment) -> ResponsibleDepartmentView:
    return ResponsibleDepartmentView(id=one.department_id, name_zh=one.name_zh, name_en=one.name_en)


def standing(
    case: Case,
    version: int,
    family: CaseFamily,
    related: Sequence[RelatedCase],
    reports: Mapping[UUID, Sequence[UUID]],
) -> dict[str, Any]:
    """What a case's view says of other cases: who goes on for whom, and how they are related."""
    survivor = family.survivors.get(case.case_id)
    return {
        "version": version,
        "survivor": None if survivor is None else CaseReferenceView(**asdict(survivor)),
        "merged": [
            MergedCaseView(**asdict(one), report_ids=list(reports[one.case_id]))
            for one in family.followers[case.case_id]
        ],
        "relations": [
            CaseRelationView(
                relation_id=one.relation.relation_id,
                kind=one.relation.kind,
                forward=one.forward,
                other=CaseReferenceView(**asdict(one.other)),
                reason=one.relation.reason,
                at=one.relation.at,
                by=one.relation.by,
            )
            for one in related
        ],
        "report_ids": list(reports[case.case_id]),
    }


def closing_view(case: Case, met: ClosingCondition | None) -> CaseClosingView | None:
    """The condition under which a closed case was closed; None for one that was closed without."""
    if case.state is not CaseState.CLOSED or met is None:
        return None
    return CaseClosingView(
        condition_id=met.condition_id,
        condition_zh=met.condition_zh,
        condition_en=met.condition_en,
        version=met.version,
    )


def order_view(order: SuperiorOrder | None) -> SuperiorOrderView | None:
    """The answer for the superior's order behind a case; None without one."""
    if order is None:
        return None
    return SuperiorOrderView(ordered_by=order.ordered_by, reference=order.reference, due_at=order.due_at)


_SHOWN = tuple(field.name for field in fields(Case) if field.name in CaseView.model_fields)
"""What a case and its view have under the same name."""


def progress(state: CaseState, sent: Sequence[Dispatch], *, signed: bool = False) -> CaseProgress:
    """A case that no unit has is received, and not in progress unless a department has signed for it."""
    if state is not CaseState.FILED:
        return CaseProgress(state.value)
    if signed or any(one.taken for one in sent):
        return CaseProgress.IN_PROGRESS
    return CaseProgress.ASSIGNED if any(not one.ended for one in sent) else CaseProgress.RECEIVED


class CaseViews:
    """Names classes and districts for the reader."""

    def __init__(self, catalogues: Catalogues, gazetteer: Gazetteer) -> None:
        self._catalogues = catalogues
        self._gazetteer = gazetteer

    def category_name(self, ref: str) -> str:
        """The Chinese name of a category `scheme@version/code`."""
        return self._names(ref)[0]

    def category_names(self, ref: str) -> tuple[str, str]:
        """Its names in Chinese and English; empty without a category."""
        return self._names(ref) if ref else ("", "")

    def district_name(self, code: str | None) -> str | None:
        district = self._gazetteer.district(code or "")
        return district.name_zh if district else None

    def handover(self, category: str) -> str:
        """The emergency number that such a report is handed over to; empty for the centre's own work."""
        try:
            return self._catalogues.by_ref(category).handover
        except NoSuchCategory:
            return ""

    def names(self, case: Case) -> tuple[str, ...]:
        """Class, district and subdistrict in both languages: by these a case is found too."""
        out = [*self._names(case.category)]
        district = self._gazetteer.district(case.district or "")
        if district is not None:
            out += [district.name_zh, district.name_en]
        subdistrict = self._subdistrict_name(case.subdistrict)
        return (*out, subdistrict) if subdistrict else tuple(out)

    def place(self, case: Case) -> str:
        """District and place as a crew reads them."""
        district = self._gazetteer.district(case.district or "")
        return (district.name_zh if district else "") + case.place

    def view(
        self,
        case: Case,
        call_ids: Sequence[UUID] = (),
        dispatches: Sequence[Dispatch] = (),
        articles: Sequence[ArticleUseView] = (),
        clocks: Sequence[CaseClock] = (),
        departments: Sequence[CaseDepartment] = (),
        *,
        signed: bool = False,
    ) -> CaseView:
        """The answer for a case, with names in both languages."""
        name_zh, name_en = self._names(case.category)
        district = self._gazetteer.district(case.district or "")
        return CaseView(
            **{name: getattr(case, name) for name in _SHOWN},
            progress=progress(case.state, dispatches, signed=signed),
            category_name=name_zh,
            category_name_en=name_en,
            district_name=district.name_zh if district else None,
            subdistrict_name=self._subdistrict_name(case.subdistrict),
            call_ids=list(call_ids),
            dispatches=[dispatch_view(dispatch) for dispatch in dispatches],
            articles=list(articles),
            deadline=deadline_view(clocks),
            responsible=responsibility_view(departments),
        )

    def _subdistrict_name(self, code: str | None) -> str | None:
        return next((one.name_zh for one in self._gazetteer.subdistricts if one.code == code), None)

    def _names(self, ref: str) -> tuple[str, str]:
        try:
            row = self._catalogues.by_ref(ref)
        except NoSuchCategory:
            # A class of a generation that was removed since: the code still tells what it was.
            return ref, ref
        return row.name_zh, row.name_en
