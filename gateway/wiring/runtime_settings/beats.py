"""Beats (责任网格): which cells belong together, and who answers for them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from cases.beats.importer import merge_beats, read_beats
from cases.beats.model import MOST_BEATS, Beat
from core.csv_table import CsvTable, LineReport
from core.models import Strict
from core.translation import gettext_lazy as _
from gateway.wiring.runtime_settings.form import read, stored
from runtime_settings.errors import SettingInvalid
from runtime_settings.model import EffectTime, SettingEffect

if TYPE_CHECKING:
    from cases.grid.service import CaseGrid


def _classes(beats: dict[str, Any]) -> dict[str, str]:
    return {key: one.get("area_class", "") for key, one in beats.items() if one.get("area_class")}


class BeatForms(Strict):
    """In their order: of two beats that have a cell the first one counts."""

    beats: Annotated[tuple[Beat, ...], Field(max_length=MOST_BEATS)]


class BeatsSetting:
    """Fills `runtime_settings.ports.RuntimeSetting`. `grid` is None for a command."""

    name = "beats"
    section = ""

    def __init__(self, grid: CaseGrid | None = None) -> None:
        self._grid = grid

    def schema(self) -> dict[str, Any]:
        return BeatForms.model_json_schema()

    def imported(self) -> Any:
        return {"beats": []}

    def checked(self, value: Any) -> Any:
        form = read(BeatForms, value)
        names = [one.beat_id for one in form.beats]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise SettingInvalid([_("beats.{name}: stands twice", name=name) for name in doubled])
        return stored(form)

    def table(self, data: bytes) -> CsvTable:
        return read_beats(data)

    def merged(self, table: CsvTable, value: Any) -> tuple[list[LineReport], Any]:
        lines, beats = merge_beats(table, read(BeatForms, value).beats)
        return lines, stored(BeatForms(beats=tuple(beats)))

    async def effect(self, before: Any, after: Any) -> SettingEffect:
        old, new = ({one["beat_id"]: one for one in value["beats"]} for value in (before, after))
        touches = {
            "added": len(new.keys() - old.keys()),
            "replaced": sum(old[key] != new[key] for key in old.keys() & new.keys()),
            "removed": len(old.keys() - new.keys()),
        }
        notes = [_("Cases that are filed keep their beats.")]
        if _classes(old) != _classes(new):
            notes.append(_("Open cases get another class of area by songhua cases recompute --write."))
        return SettingEffect(EffectTime.NOW, touches, notes=notes)

    async def apply(self, value: Any) -> None:
        if self._grid is not None:
            self._grid.use((await asyncio.to_thread(read, BeatForms, value)).beats)
