"""Imports the lines of a table that can be taken, where the operator asks for that (`--partial`)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from core.csv_table import LineReport, TableReport, without_lines
from core.ids import uuid7
from gateway.commands.common import MISUSED, fail

Done = TypeVar("Done")
ImportRun = Callable[[bytes, UUID | None], Awaitable[Done]]
"""Imports a table; without an operation's id it only says what each line would do."""

PartialOption = Annotated[
    bool, typer.Option("--partial", help="Take the good lines although others are refused.")
]


async def imported(
    data: bytes,
    run: ImportRun[Done],
    report_of: Callable[[Done], TableReport],
    *,
    dry_run: bool,
    partial: bool,
) -> tuple[Done, TableReport]:
    """What the import gave, and its report. With `partial` refused lines are left out and the rest is taken:
    they stand in the report.
    """
    refused: dict[int, LineReport] = {}
    if partial:
        if data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
            fail("GeoJSON is taken whole", "leave out --partial, or import CSV", MISUSED)
        while bad := {
            one.line: one for one in report_of(await run(data, None)).lines if one.act == "refused"
        }:
            refused |= bad
            data = without_lines(data, refused)
    done = await run(data, None if dry_run else uuid7())
    told = report_of(done)
    if not refused:
        return done, told
    lines = sorted([*told.lines, *refused.values()], key=lambda one: one.line)
    return done, told.model_copy(update={"lines": lines, "refused": told.refused + len(refused)})
