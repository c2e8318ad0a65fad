"""The operator's own places. Other programs read them from the file that cases.own_gazetteer names."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from cases.errors import BrokenTable
from cases.gazetteer.importer import merge_places, read_places, write_places
from cases.gazetteer.loading import MAX_ROWS, gazetteer_of, rows
from cases.gazetteer.model import GazetteerPlace
from core.csv_table import CsvTable, LineReport
from core.models import Strict
from core.translation import gettext_lazy as _
from gateway.settings import Settings
from gateway.wiring.runtime_settings.form import read, stored
from runtime_settings.errors import SettingInvalid
from runtime_settings.model import EffectTime, SettingEffect

if TYPE_CHECKING:
    from cases.gazetteer.lookup import Gazetteer


class PlaceForms(Strict):
    """A place of the same name and kind as one of the program's replaces it."""

    places: Annotated[tuple[GazetteerPlace, ...], Field(max_length=MAX_ROWS)]


class PlacesSetting:
    """Fills `runtime_settings.ports.RuntimeSetting`. `gazetteer` is None for a command."""

    name = "places"
    section = "[cases] own_gazetteer"

    def __init__(self, settings: Settings, gazetteer: Gazetteer | None = None) -> None:
        self._file = settings.cases.own_gazetteer
        self._gazetteer = gazetteer

    def schema(self) -> dict[str, Any]:
        return PlaceForms.model_json_schema()

    def imported(self) -> Any:
        if self._file is None or not self._file.exists():
            return {"places": []}
        try:
            return stored(PlaceForms(places=tuple(rows(self._file, GazetteerPlace))))
        except BrokenTable as error:
            raise SettingInvalid([error.detail]) from error

    def checked(self, value: Any) -> Any:
        form = read(PlaceForms, value)
        keys = [(one.name_zh, one.kind) for one in form.places]
        seen: set[tuple[str, str]] = set()
        doubled = sorted({name for name, kind in keys if _again(seen, (name, kind))})
        if doubled:
            raise SettingInvalid([_("places.{name}: stands twice", name=name) for name in doubled])
        return stored(form)

    def table(self, data: bytes) -> CsvTable:
        return read_places(data)

    def merged(self, table: CsvTable, value: Any) -> tuple[list[LineReport], Any]:
        lines, places = merge_places(table, read(PlaceForms, value).places)
        return lines, stored(PlaceForms(places=tuple(places)))

    async def effect(self, before: Any, after: Any) -> SettingEffect:
        touches = await asyncio.to_thread(_touches, before, after)
        return SettingEffect(
            EffectTime.NOW, touches, notes=[_("Cases that are filed keep their places and positions.")]
        )

    async def apply(self, value: Any) -> None:
        if self._gazetteer is None:
            return
        places = (await asyncio.to_thread(read, PlaceForms, value)).places
        self._gazetteer.change(await asyncio.to_thread(gazetteer_of, places))
        if self._file is not None and (places or self._file.exists()):
            await asyncio.to_thread(write_places, self._file, places)


def _touches(before: Any, after: Any) -> dict[str, int]:
    old = {(one["name_zh"], one["kind"]): one for one in before["places"]}
    new = {(one["name_zh"], one["kind"]): one for one in after["places"]}
    return {
        "added": len(new.keys() - old.keys()),
        "replaced": sum(old[key] != new[key] for key in old.keys() & new.keys()),
        "removed": len(old.keys() - new.keys()),
    }


def _again(seen: set[tuple[str, str]], key: tuple[str, str]) -> bool:
    if key in seen:
        return True
    seen.add(key)
    return False
