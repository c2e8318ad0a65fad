"""`songhua parts`: the part register (部件), things of the city with owner and maintainer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cases.catalogue import load_catalogues
from cases.events import PartView
from cases.grid.service import CaseGrid
from cases.parts.model import PartSearch
from cases.parts.service import PartRegister
from core.storage import Storage
from gateway.commands.common import (
    FAILED,
    ConfigOption,
    JsonOption,
    load,
    open_storage,
    out,
    print_json,
    run,
)
from gateway.commands.grid_common import point_of
from gateway.commands.tables import DryRunOption, import_register
from identity.audit.service import AuditTrail

app = typer.Typer(help="The part register: import, find. 部件库。", no_args_is_help=True)


@app.callback()
def parts() -> None:
    """The part register."""


@app.command("import")
def import_parts(
    file: Annotated[Path, typer.Argument(help="CSV (UTF-8 or GB18030).", exists=True, dir_okay=False)],
    dry_run: DryRunOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check every line and add or change the parts; nothing is changed when a line is refused."""
    import_register(file, load(config), _register, dry_run=dry_run, as_json=as_json)


@app.command()
def find(
    text: Annotated[str, typer.Argument(help="The beginning of its number or of its 16 digits.")] = "",
    class_code: Annotated[str, typer.Option("--class", help="Class: P0137 or 0137.")] = "",
    district: Annotated[str, typer.Option(help="District: six digits.")] = "",
    near: Annotated[str, typer.Option(metavar="LON,LAT", help="Around this point, the nearest first.")] = "",
    metres: Annotated[float, typer.Option(min=1, max=2_000, help="How far around.")] = 100.0,
    limit: Annotated[int, typer.Option(min=1, max=200, help="So many at most.")] = 20,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find parts by number, class, district, or near a point: owner, maintainer, place."""
    settings = load(config)
    point = point_of(near) if near else None

    async def work() -> list[PartView]:
        async with open_storage(settings) as storage:
            wanted = PartSearch(text, class_code.upper().removeprefix("P"), district, point, metres, limit)
            return await (await _register(storage)).find(wanted)

    found = run(work())
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
    for one in () if as_json else found:
        away = "" if one.metres is None else f"  {one.metres:.0f} m"
        owner = f"权属 {one.owner or '–'} · 养护 {one.maintainer or '–'}"
        line = f"{one.part_id}  {one.label or '–'}  {one.name}  {one.address}  {owner}{away}"
        out.print(line, highlight=False, soft_wrap=True)
    if not found:
        raise typer.Exit(FAILED)


async def _register(storage: Storage) -> PartRegister:
    grid = CaseGrid(storage)
    await grid.look()
    return PartRegister(storage, load_catalogues(), grid, AuditTrail(storage))
