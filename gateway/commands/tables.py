"""What an import of a table says: by line, with cause and remedy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer

from core.csv_table import TableReport
from gateway.commands.common import FAILED, err, out, print_json
from gateway.commands.retention import operator
from gateway.commands.settings import with_settings
from gateway.settings import Settings
from runtime_settings.service import RuntimeSettings

DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only say what each line would do.")]


def import_setting(
    name: str, file: Path, settings: Settings, *, dry_run: bool, as_json: bool, data: bytes | None = None
) -> None:
    """Bring a table into a setting that the desk changes too, and say what became of each line. `data` is the
    table where the file holds it in another form.
    """
    table = file.read_bytes() if data is None else data

    async def work(held: RuntimeSettings) -> TableReport:
        op_id = None if dry_run else uuid4()
        report, _, _ = await held.import_table(
            operator(), name, table, op_id=op_id, comment=f"import of {file.name}"
        )
        return report

    tell_report(with_settings(settings, work), dry_run=dry_run, as_json=as_json)


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
