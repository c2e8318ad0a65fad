"""`songhua warning sirens`: what each controller says of itself. Nothing sounds by it."""

from __future__ import annotations

import asyncio

import typer
from pydantic import BaseModel

from gateway.commands.common import FAILED, ConfigOption, JsonOption, load, out, print_json, run
from warning.sirens.controller import SirenAway, status_of
from warning.sirens.settings import SirenSettings


class SirenLine(BaseModel):
    """`activity` is `away` for a controller that does not answer; `why` says more."""

    siren: str
    lon: float
    lat: float
    activity: str
    order: int | None = None
    why: str = ""


async def _look(name: str, siren: SirenSettings) -> SirenLine:
    try:
        status = await status_of(siren)
    except SirenAway as error:
        return SirenLine(siren=name, lon=siren.lon, lat=siren.lat, activity="away", why=str(error))
    activity = status.activity.name.lower()
    return SirenLine(siren=name, lon=siren.lon, lat=siren.lat, activity=activity, order=status.order)


def sirens(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Ask each siren what it does; exit code 1 when one does not answer or is faulty."""
    settings = load(config).warning

    async def work() -> list[SirenLine]:
        return list(await asyncio.gather(*(_look(name, one) for name, one in settings.sirens.items())))

    found = run(work())
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
    else:
        for one in found:
            out.print(
                f"{one.siren:20} {one.activity:9} {one.lon:.5f},{one.lat:.5f}  {one.why}", highlight=False
            )
    if any(one.activity in {"away", "faulty"} for one in found):
        raise typer.Exit(FAILED)
