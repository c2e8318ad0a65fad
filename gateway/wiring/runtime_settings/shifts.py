"""Shifts of inspectors: who of them works when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from core.csv_table import CsvTable, LineReport
from core.models import Strict
from core.translation import gettext_lazy as _
from field.inspectors.importer import merge_shifts, read_shifts
from field.inspectors.model import MOST_SHIFTS, InspectorShift
from gateway.wiring.runtime_settings.form import read, stored
from runtime_settings.model import EffectTime, SettingEffect

if TYPE_CHECKING:
    from field.inspectors.service import Inspectors


class ShiftForms(Strict):
    shifts: Annotated[tuple[InspectorShift, ...], Field(max_length=MOST_SHIFTS)]


class ShiftsSetting:
    """Fills `runtime_settings.ports.RuntimeSetting`. `inspectors` is None for a command."""

    name = "shifts"
    section = ""

    def __init__(self, inspectors: Inspectors | None = None) -> None:
        self._inspectors = inspectors

    def schema(self) -> dict[str, Any]:
        return ShiftForms.model_json_schema()

    def imported(self) -> Any:
        return {"shifts": []}

    def checked(self, value: Any) -> Any:
        return stored(read(ShiftForms, value))

    def table(self, data: bytes) -> CsvTable:
        return read_shifts(data)

    def merged(self, table: CsvTable, value: Any) -> tuple[list[LineReport], Any]:
        lines, shifts = merge_shifts(table, read(ShiftForms, value).shifts)
        return lines, stored(ShiftForms(shifts=tuple(shifts)))

    async def effect(self, before: Any, after: Any) -> SettingEffect:
        old, new = ({str(one) for one in value["shifts"]} for value in (before, after))
        touches = {"added": len(new - old), "removed": len(old - new)}
        return SettingEffect(
            EffectTime.NOW, touches, notes=[_("Tasks that are asked for stay where they are.")]
        )

    async def apply(self, value: Any) -> None:
        if self._inspectors is not None:
            self._inspectors.use(read(ShiftForms, value).shifts)
