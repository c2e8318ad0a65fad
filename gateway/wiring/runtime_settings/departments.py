"""The city's own departments: who answers for which class of the catalogue."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Annotated, Any

from pydantic import Field

from cases.catalogue.departments import DepartmentRow, Departments, department_rows, departments_of
from cases.catalogue.model import Catalogue
from cases.errors import BrokenTable
from core.models import Strict
from core.translation import gettext_lazy as _
from gateway.settings import Settings
from gateway.wiring.runtime_settings.form import read, stored
from runtime_settings.errors import SettingInvalid
from runtime_settings.model import EffectTime, SettingEffect

OpenCases = Callable[[Collection[str]], Awaitable[int]]
"""How many open cases are of these classes, by reference. May raise `StorageAway`."""


class DepartmentForms(Strict):
    """Each row replaces the program's own for its classes."""

    departments: Annotated[tuple[DepartmentRow, ...], Field(max_length=1_000)]


class DepartmentsSetting:
    """Fills `runtime_settings.ports.RuntimeSetting`. `departments` is None for a command."""

    name = "departments"
    section = "[cases] own_departments"

    def __init__(
        self,
        settings: Settings,
        catalogue: Catalogue,
        open_cases: OpenCases | None = None,
        departments: Departments | None = None,
    ) -> None:
        self._file = settings.cases.own_departments
        self._catalogue = catalogue
        self._open_cases = open_cases
        self._departments = departments

    def schema(self) -> dict[str, Any]:
        return DepartmentForms.model_json_schema()

    def imported(self) -> Any:
        if self._file is None:
            return {"departments": []}
        try:
            return stored(DepartmentForms(departments=department_rows(self._catalogue, self._file)))
        except BrokenTable as error:
            raise SettingInvalid([error.detail]) from error

    def checked(self, value: Any) -> Any:
        form = read(DepartmentForms, value)
        self._of(form)
        return stored(form)

    async def effect(self, before: Any, after: Any) -> SettingEffect:
        old, new = self._of(read(DepartmentForms, before)), self._of(read(DepartmentForms, after))
        changed = [one.ref for one in self._catalogue.rows.values() if old.of(one.ref) != new.of(one.ref)]
        touches = {"classes": len(changed)}
        if self._open_cases is not None:
            touches["cases"] = await self._open_cases(changed) if changed else 0
        notes = [_("Cases that are filed keep their department; drafts and new cases get the new one.")]
        return SettingEffect(EffectTime.NOW, touches, notes=notes)

    async def apply(self, value: Any) -> None:
        if self._departments is not None:
            self._departments.change(self._of(read(DepartmentForms, value)))

    def _of(self, form: DepartmentForms) -> Departments:
        try:
            return departments_of(self._catalogue, form.departments)
        except BrokenTable as error:
            raise SettingInvalid([error.detail]) from error
