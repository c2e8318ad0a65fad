"""`songhua map`: the operator's tiles and outlines for the desk's map."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from core.errors import SonghuaError
from field.map.store import MapFiles, StoredMap
from gateway.commands.common import ConfigOption, JsonOption, fail, load, out, print_json

app = typer.Typer(help="The desk's map: tiles and outlines of districts.", no_args_is_help=True)
districts = typer.Typer(help="Outlines of districts.", no_args_is_help=True)
app.add_typer(districts, name="districts")


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong with a file is one line with cause and remedy."""
    try:
        yield
    except SonghuaError as error:
        fail(error.detail or error.title, error.remedy)
    except OSError as error:
        fail(str(error), "see that this user may read and write it, and that the disk has room")


@app.command("import")
def import_map(
    file: Annotated[Path, typer.Argument(help="A .pmtiles or .mbtiles file.", exists=True, dir_okay=False)],
    name: Annotated[str, typer.Option(help="Its name; else the file's.")] = "",
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Check a file of tiles and store it for the desk; one of the same name is replaced."""
    files = MapFiles(load(config).field.maps)
    with _told():
        stored = files.bring(file, name)
    _say(stored, as_json=as_json)


@app.command("list")
def list_maps(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """The tiles that the desk has."""
    found = MapFiles(load(config).field.maps).maps()
    if as_json:
        print_json([_row(one) for one in found])
        return
    for one in found:
        _say(one, as_json=False)


@app.command("remove")
def remove_map(
    name: Annotated[str, typer.Argument(help="As songhua map list names it.")],
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Take tiles away from the desk."""
    with _told():
        MapFiles(load(config).field.maps).remove(name)
    if as_json:
        print_json({"removed": name})


@districts.command("import")
def import_districts(
    file: Annotated[Path, typer.Argument(help="GeoJSON.", exists=True, dir_okay=False)],
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Check outlines of districts (name_zh or name, name_en, code) and store them in place of the others."""
    with _told():
        count = MapFiles(load(config).field.maps).bring_districts(file)
    if as_json:
        print_json({"districts": count})
    else:
        out.print(f"{count} districts")


def _row(one: StoredMap) -> dict[str, object]:
    head = one.header
    return {
        "name": one.name, "size": one.size, "tile_type": head.tile_type, "min_zoom": head.min_zoom,
        "max_zoom": head.max_zoom, "bounds": head.bounds, "tiles": head.tiles,
    }  # fmt: skip


def _say(one: StoredMap, *, as_json: bool) -> None:
    if as_json:
        print_json(_row(one))
        return
    head = one.header
    west, south, east, north = head.bounds
    out.print(
        f"{one.name}: {head.tile_type}, zoom {head.min_zoom} to {head.max_zoom}, {head.tiles} tiles, "
        f"{one.size} bytes, {west:.3f} {south:.3f} {east:.3f} {north:.3f}"
    )
