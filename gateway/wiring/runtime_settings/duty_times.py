"""Duty times of the people of departments: who of them is there when, and by which number."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from cases.duty.importer import merge_duty_times, read_duty_times
from cases.duty.model import MOST_DUTY_TIMES, DutyTime
from core.csv_table import CsvTable, LineReport
from core.models import Strict
from core.translation import gettext_lazy as _
from gateway.wiring.runtime_settings.form import read, stored
from runtime_settings.errors import SettingInvalid
from runtime_settings.model import EffectTime, SettingEffect

if TYPE_CHECKING:
    from cases.duty.service import DepartmentDuty


class DutyForms(Strict):
    times: Annotated[tuple[DutyTime, ...], Field(max_length=MOST_DUTY_TIMES)]


class DutyTimesSetting:
    """Fills `runtime_settings.ports.RuntimeSetting`. `roster` is None for a command; `departments` are the
    ids of the city's departments.
    """

    name = "duty-times"
    section = ""

    def __init__(self, departments: Collection[str], roster: DepartmentDuty | None = None) -> None:
        self._departments = frozenset(departments)
        self._roster = roster

    def schema(self) -> dict[str, Any]:
        return DutyForms.model_json_schema()

    def imported(self) -> Any:
        return {"times": []}

    def checked(self, value: Any) -> Any:
        form = read(DutyForms, value)
        unknown = sorted({one.department for one in form.times} - self._departments)
        if unknown:
            raise SettingInvalid([_("times.{name}: no such department", name=name) for name in unknown])
        return stored(form)

    def table(self, data: bytes) -> CsvTable:
        return read_duty_times(data)

    def merged(self, table: CsvTable, value: Any) -> tuple[list[LineReport], Any]:
        lines, times = merge_duty_times(table, read(DutyForms, value).times)
        return lines, stored(DutyForms(times=tuple(times)))

    async def effect(self, before: Any, after: Any) -> SettingEffect:
        old, new = ({str(one) for one in value["times"]} for value in (before, after))
        touches = {"added": len(new - old), "removed": len(old - new)}
        return SettingEffect(EffectTime.NOW, touches, notes=[_("Cases that were given stay where they are.")])

    async def apply(self, value: Any) -> None:
        if self._roster is not None:
            self._roster.use((await asyncio.to_thread(read, DutyForms, value)).times)
