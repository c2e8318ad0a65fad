"""`songhua patches`: change patches of remote sensing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from core.errors import Unavailable
from gateway.commands.acting import operator
from gateway.commands.common import (
    FAILED,
    ConfigOption,
    JsonOption,
    err,
    load,
    open_storage,
    out,
    print_json,
    run,
)
from gateway.commands.grid_common import grid_of
from gateway.commands.tables import DryRunOption
from gateway.wiring.patches import CityOfGrid
from identity.audit.service import AuditTrail
from sensing.patches.http import PatchImportList, PatchImportPage, import_view, page_of
from sensing.patches.importer import PatchImporter, PatchImportReport
from sensing.patches.ports import PatchesToLookAt, PatchTaskAsked
from sensing.patches.service import ChangePatches

app = typer.Typer(
    help="Change patches of remote sensing: import, list, show. 变化图斑。", no_args_is_help=True
)


@app.callback()
def patches() -> None:
    """Change patches of satellite or aerial pictures."""


@app.command("import")
def import_patches(
    file: Annotated[
        Path, typer.Argument(help="GeoJSON, GeoPackage, or shapefile (.zip, .shp, a folder).", exists=True)
    ],
    dry_run: DryRunOption = False,
    crs: Annotated[str, typer.Option(help="Reference system, if the file's own is missing or wrong.")] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import the good patches, once, and say why others are refused; exit code 1 then."""
    settings = load(config)

    async def work() -> PatchImportReport:
        async with open_storage(settings) as storage:
            city = CityOfGrid(storage, await grid_of(settings, storage))
            importer = PatchImporter(storage, AuditTrail(storage), city, settings.sensing)
            return await importer.import_file(operator(), file, crs=crs, dry_run=dry_run)

    told = run(work())
    if as_json:
        print_json(told.model_dump(mode="json"))
    else:
        _tell(told, dry_run=dry_run)
    if told.refused:
        raise typer.Exit(FAILED)


@app.command("list")
def list_imports(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """The imports, the newest first."""
    settings = load(config)

    async def work() -> PatchImportList:
        async with open_storage(settings) as storage:
            found = await ChangePatches(storage, AuditTrail(storage), _NoTasks()).imports(operator())
            return PatchImportList(imports=[import_view(one, problems=False) for one in found])

    found = run(work())
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    for one in found.imports:
        state = "" if one.finished_at is not None else "  interrupted: import it again"
        out.print(
            f"{one.import_id}  {one.started_at:%Y-%m-%d %H:%M}  {one.file}  {one.added} patches, "
            f"{one.refused} refused{state}",
            highlight=False, soft_wrap=True,
        )  # fmt: skip


@app.command()
def show(
    import_id: Annotated[UUID, typer.Argument(metavar="IMPORT", help="Its id, as the list shows it.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """The patches of an import by beat, and what was found."""
    settings = load(config)

    async def work() -> PatchImportPage:
        async with open_storage(settings) as storage:
            return page_of(
                await ChangePatches(storage, AuditTrail(storage), _NoTasks()).one(operator(), import_id)
            )

    page = run(work())
    if as_json:
        print_json(page.model_dump(mode="json"))
        return
    for one in page.beats:
        out.print(
            f"{one.beat or '–'}  {one.beat_name or 'no beat'}  {one.patches} patches, {one.waiting} wait, "
            f"{one.real} real, {one.not_real} not, {one.cases} cases",
            highlight=False, soft_wrap=True,
        )  # fmt: skip


def _tell(told: PatchImportReport, *, dry_run: bool) -> None:
    for one in told.problems:
        line = f"feature {one.feature} {one.source_id}: {one.cause}. Remedy: {one.remedy}"
        err.print(line, highlight=False, soft_wrap=True)
    counts = f"{told.added} patches, {told.same} as before, {told.refused} refused of {told.features}"
    out.print(f"{told.import_id}  {told.form}, {told.crs}: {counts}", highlight=False, soft_wrap=True)
    if told.already:
        out.print("nothing was changed: this file was imported before", highlight=False)
    elif dry_run:
        out.print("nothing was changed: this was a trial", highlight=False)


class _NoTasks:
    """A command asks no inspector: a dispatcher does, at the desk."""

    async def ask(self, actor: object, wanted: PatchesToLookAt, *, op_id: UUID) -> PatchTaskAsked | None:
        del actor, op_id
        raise Unavailable(f"{wanted.place} is for a dispatcher", remedy="release it at the desk")

    async def answer(self, task_id: UUID) -> None:
        del task_id
