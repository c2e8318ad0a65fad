"""`songhua gazetteer`: the operator's own places. A running service takes them up within two seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cases.gazetteer.loading import gazetteer_of
from cases.gazetteer.openstreetmap import read_extract
from cases.gazetteer.position import PlacePosition
from core.errors import SonghuaError
from field.map.store import MapFiles
from gateway.commands.common import FAILED, ConfigOption, JsonOption, fail, load, out, print_json
from gateway.commands.good_lines import PartialOption
from gateway.commands.settings import with_settings
from gateway.commands.tables import DryRunOption, import_setting
from gateway.settings import Settings
from gateway.wiring.district_outlines import districts_within
from gateway.wiring.runtime_settings.places import PlaceForms
from runtime_settings.service import RuntimeSettings

app = typer.Typer(help="Places: import the operator's own.", no_args_is_help=True)


@app.callback()
def gazetteer() -> None:
    """Places that drafting knows."""


@app.command("import")
def import_places(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV (UTF-8 or GB18030), XLSX, GeoJSON or an OpenStreetMap extract (.osm.pbf).",
            exists=True,
            dir_okay=False,
        ),
    ],
    dry_run: DryRunOption = False,
    partial: PartialOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check every line and add the places; nothing is changed when a line is refused. songhua settings undo
    places takes an import back.
    """
    settings = load(config)
    try:
        data = _table_of(file, settings)
    except SonghuaError as error:
        fail(error.detail or error.title, error.remedy)
    import_setting("places", file, settings, dry_run=dry_run, partial=partial, as_json=as_json, data=data)


@app.command()
def find(
    words: Annotated[str, typer.Argument(help="An address, or a crossing: 中山路与文昌街交口.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show where an address or crossing is, and whether that position is measured or invented."""
    settings = load(config)

    async def work(held: RuntimeSettings) -> Any:
        return (await held.state("places")).version.value

    own = PlaceForms.model_validate(with_settings(settings, work)).places
    found = gazetteer_of(own, synthetic=settings.cases.synthetic_positions)
    there = found.position_of(None if "交口" in words else words, words if "交口" in words else None)
    if as_json:
        print_json(_plain(there))
    elif there is None:
        out.print("no position is known", highlight=False)
    else:
        at = there.position
        note = "  虚构位置 invented position: nobody may be sent by it" if there.invented else ""
        out.print(f"{at.lon:.6f},{at.lat:.6f} ±{at.accuracy_m:.0f} m{note}", highlight=False)
    if there is None:
        raise typer.Exit(FAILED)


def _plain(there: PlacePosition | None) -> dict[str, Any]:
    if there is None:
        return {"position": None}
    return {
        "position": there.position.model_dump(mode="json"),
        "invented": there.invented,
        "exact": there.exact,
    }


def _table_of(file: Path, settings: Settings) -> bytes:
    if file.suffix.casefold() != ".pbf":
        return file.read_bytes()
    return read_extract(file, districts_within(MapFiles(settings.field.maps).districts()))
