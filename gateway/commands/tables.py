"""What an import of a table says: by line, with cause and remedy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Protocol
from uuid import UUID

import typer

from core.actor import Actor
from core.csv_table import TableReport
from core.errors import SonghuaError
from core.storage import Storage
from gateway.commands.acting import operator
from gateway.commands.common import FAILED, err, fail, open_storage, out, print_json, run
from gateway.commands.good_lines import imported
from gateway.settings import Settings
from runtime_settings.service import RuntimeSettings

DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only say what each line would do.")]


def import_setting(
    name: str,
    file: Path,
    settings: Settings,
    *,
    dry_run: bool,
    as_json: bool,
    partial: bool = False,
    data: bytes | None = None,
) -> None:
    """Bring a table into a setting that the desk changes too, and say what became of each line. `data` is the
    table where the file holds it in another form.
    """
    # Imported here: most tables are no settings.
    from gateway.commands.settings import with_settings  # noqa: PLC0415

    table = file.read_bytes() if data is None else data

    async def work(held: RuntimeSettings) -> TableReport:
        async def run(rows: bytes, op_id: UUID | None) -> TableReport:
            report, _, _ = await held.import_table(
                operator(), name, rows, op_id=op_id, comment=f"import of {file.name}"
            )
            return report

        return (await imported(table, run, _itself, dry_run=dry_run, partial=partial))[1]

    tell_report(with_settings(settings, work), dry_run=dry_run, as_json=as_json)


def _itself(report: TableReport) -> TableReport:
    return report


class ImportingRegister(Protocol):
    """A register that takes a whole table at once."""

    async def import_table(self, actor: Actor, data: bytes, *, op_id: UUID | None) -> TableReport:
        """Without `op_id` nothing is changed."""
        ...


def import_register(
    file: Path,
    settings: Settings,
    register_of: Callable[[Storage], Awaitable[ImportingRegister]],
    *,
    dry_run: bool,
    as_json: bool,
    partial: bool = False,
) -> None:
    """Bring a table into a register of the database, and say what became of each line."""
    data = file.read_bytes()

    async def work() -> TableReport:
        async with open_storage(settings) as storage:
            register = await register_of(storage)

            async def one_run(rows: bytes, op_id: UUID | None) -> TableReport:
                return await register.import_table(operator(), rows, op_id=op_id)

            return (await imported(data, one_run, _itself, dry_run=dry_run, partial=partial))[1]

    try:
        told = run(work())
    except SonghuaError as error:
        fail(error.detail or error.title, error.remedy)
    tell_report(told, dry_run=dry_run, as_json=as_json)


def tell_report(
    report: TableReport, *, dry_run: bool, as_json: bool, more: Mapping[str, Any] | None = None
) -> None:
    """`more` goes into the JSON. Exit code 1 when a line is refused."""
    if as_json:
        print_json({**report.model_dump(mode="json"), **(more or {})})
    else:
        _tell(report, dry_run=dry_run)
    if report.refused:
        raise typer.Exit(FAILED)


def _tell(report: TableReport, *, dry_run: bool) -> None:
    for line in report.lines:
        if line.act == "same":
            continue
        text = f"{line.line:6} {line.act:8} {line.key}  {'; '.join(line.changes)}"
        out.print(text.rstrip(), markup=False, highlight=False, soft_wrap=True)
        for problem in line.problems:
            err.print(
                f"       {problem.en}. {problem.remedy_en}", markup=False, highlight=False, soft_wrap=True
            )
    counts = (
        f"{report.added} to add, {report.changed} to change, {report.same} as they are, "
        f"{report.refused} refused ({report.encoding})"
    )
    out.print(counts, markup=False, highlight=False)
    if not report.applied:
        why = "a line is refused" if report.refused else "this was a trial" if dry_run else "nothing to do"
        out.print(f"nothing was changed: {why}", markup=False, highlight=False)
