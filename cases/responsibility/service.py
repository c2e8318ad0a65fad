"""Gives cases their departments by the rows of the responsibility catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.catalogue.model import Catalogues
from cases.errors import AlreadyAssigned, NoSuchCategory, NoSuchDepartment
from cases.events import CaseState
from cases.life.model import Case
from cases.responsibility import store
from cases.responsibility.model import ReportPlace, ResponsibilityCatalogue, ResponsibleDepartment
from cases.responsibility.resolve import responsible
from cases.responsibility.store import CaseDepartment, DepartmentPart

_NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)


class CaseDepartments:
    def __init__(self, catalogues: Catalogues, catalogue: ResponsibilityCatalogue) -> None:
        self._catalogues = catalogues
        self._catalogue = catalogue

    @property
    def known(self) -> Sequence[ResponsibleDepartment]:
        """All departments of the city."""
        return tuple(self._catalogue.departments.values())

    def of(self, case: Case, at: datetime) -> list[CaseDepartment]:
        """As `answering`, for a case."""
        place = place_of(case.district, case.subdistrict, case.beat)
        return self.answering(case.category, place, at, owner=case.owner or "")

    def answering(
        self, category: str, place: ReportPlace, at: datetime, *, owner: str = ""
    ) -> list[CaseDepartment]:
        """The host and those who assist; none for what is handed over, for a class of another generation, and
        where no row decides. `owner`: of the part, as the register names it.
        """
        try:
            known = self._catalogues.by_ref(category)
        except NoSuchCategory:
            return []
        if known.handover or self._catalogues.of(known) is not self._catalogues.default:
            return []
        found = responsible(self._catalogue, known.code, place, owner)
        if found.host is None or found.row is None:
            return []
        row = found.row
        parts = [(DepartmentPart.HOST, found.host)]
        parts += [(DepartmentPart.ASSIST, one) for one in found.assists]
        return [
            CaseDepartment(one.department_id, part, one.name_zh, one.name_en, row.why, row.number, None, at)
            for part, one in parts
        ]

    async def begin(self, connection: AsyncConnection, case: Case) -> Sequence[CaseDepartment]:
        """Give a case that was filed to those who answer for it; who they are."""
        if case.state is not CaseState.FILED:
            return ()
        departments = self.of(case, case.filed_at)
        await store.put(connection, case.case_id, departments)
        return departments

    async def renew(
        self, connection: AsyncConnection, case: Case, now: datetime, *, write: bool
    ) -> tuple[Sequence[CaseDepartment], Sequence[CaseDepartment]]:
        """Decide anew by the rows as they are: the departments before and after. What a person chose stays.
        Without `write` nothing is changed.
        """
        before = (await store.of_cases(connection, [case.case_id]))[case.case_id]
        if any(one.chosen_by is not None for one in before):
            return before, before
        after = self.of(case, now)
        if [_same(one) for one in before] == [_same(one) for one in after]:
            return before, before
        if write:
            await store.put(connection, case.case_id, after)
        return before, after

    async def choose(
        self, connection: AsyncConnection, case: Case, department_id: str, by: str, now: datetime
    ) -> CaseDepartment:
        """The department is the host now; who assisted goes on. Raises `NoSuchDepartment`."""
        chosen = self._known(department_id)
        before = (await store.of_cases(connection, [case.case_id]))[case.case_id]
        host = CaseDepartment(
            department_id, DepartmentPart.HOST, chosen.name_zh, chosen.name_en, "", None, by, now
        )
        assists = [
            one for one in before if one.part is DepartmentPart.ASSIST and one.department_id != department_id
        ]
        await store.put(connection, case.case_id, [host, *assists])
        return host

    async def further(
        self,
        connection: AsyncConnection,
        case: Case,
        department_id: str,
        by: str,
        now: datetime,
        *,
        instead_of: str = "",
    ) -> CaseDepartment:
        """The department assists from now on, or is one of the case already, or the host where it has none.
        `instead_of` no longer assists. Raises `NoSuchDepartment`; `AlreadyAssigned` where the host would
        assist instead of another one.
        """
        chosen = self._known(department_id)
        before = (await store.of_cases(connection, [case.case_id]))[case.case_id]
        known = next((one for one in before if one.department_id == department_id), None)
        if known is not None and known.part is DepartmentPart.HOST and instead_of:
            raise AlreadyAssigned(remedy="look at its departments", department=department_id)
        left = [one for one in before if one.department_id != instead_of]
        if known is None:
            part = DepartmentPart.ASSIST if before else DepartmentPart.HOST
            known = CaseDepartment(department_id, part, chosen.name_zh, chosen.name_en, "", None, by, now)
            left.append(known)
        if left != before:
            await store.put(connection, case.case_id, left)
        return known

    async def remove(self, connection: AsyncConnection, case: Case, department_id: str) -> None:
        """The department no longer assists."""
        before = (await store.of_cases(connection, [case.case_id]))[case.case_id]
        left = [
            one for one in before if one.part is DepartmentPart.HOST or one.department_id != department_id
        ]
        await store.put(connection, case.case_id, left)

    def _known(self, department_id: str) -> ResponsibleDepartment:
        """Raises `NoSuchDepartment`."""
        known = self._catalogue.departments.get(department_id)
        if known is None:
            raise NoSuchDepartment(remedy="choose one from /api/departments", department=department_id)
        return known


def place_of(district: str | None, street: str | None, beat: str | None) -> ReportPlace:
    """What the rows are asked with; a street says its district."""
    return ReportPlace(district or (street or "")[:6], street or "", beat or "")


def _same(one: CaseDepartment) -> CaseDepartment:
    """What of it two decisions are compared by: numbers of rows move when the file is edited."""
    return replace(one, since=_NO_TIME, row=None)
