"""What commands about places share: the grid and beats as they are stored, and a point as people write it."""

from __future__ import annotations

from cases.grid.service import CaseGrid
from core.place import Position
from core.storage import Storage
from gateway.commands.common import fail
from gateway.settings import Settings
from gateway.wiring.runtime_settings.beats import BeatForms
from gateway.wiring.runtime_settings.stored import stored_value


async def grid_of(settings: Settings, storage: Storage) -> CaseGrid:
    """Raises `StorageAway`."""
    held = CaseGrid(storage, area_class=settings.cases.area_class)
    await held.look()
    held.use(BeatForms.model_validate(await stored_value(settings, storage, "beats")).beats)
    return held


def point_of(text: str) -> Position:
    """`126.65,45.75`; for anything else the command ends and says so."""
    try:
        lon, lat = (float(part) for part in text.split(","))
        return Position(lon=lon, lat=lat, accuracy_m=1.0)
    except ValueError:
        fail(f"{text} is no point", "give longitude and latitude: 126.65,45.75")
