"""`songhua report`: metrics by queue and agent, and the calls behind them, for operators of this machine."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from cdr.reports import formats, rebuild
from cdr.reports.bulk import BulkLimit
from cdr.reports.intervals import Interval
from cdr.reports.metrics import DEFAULT_TARGET_S
from cdr.reports.service import MOST_CALLS, UNITS, ReportRequest, ReportResult, Reports
from gateway.commands import report_schedules
from gateway.commands.acting import audit_trail, operator
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
from gateway.commands.second_person import AloneOption, AskedByCommand, WhyOption

app = typer.Typer(
    help="Figures of calls, derived from the ledger. docs/metrics.md defines each.", no_args_is_help=True
)
report_schedules.add_to(app)
_SHOWN = {
    "queues": ("offered", "answered", "abandoned", "abandoned_short", "connect_rate", "service_level",
               "average_wait", "longest_wait", "average_speed_of_answer", "average_talk", "transfers"),
    "agents": ("rings", "missed_rings", "answered", "talk", "hold", "wrap_up", "average_handle", "signed_in",
               "occupancy", "transfers"),
    "quality": ("calls_scored", "scorecards", "score_average", "score_lowest", "fatal_scorecards"),
    "calls": ("started_at", "queue", "direction", "outcome", "number", "agents", "wait", "talk",
              "disposition"),
}  # fmt: skip

_SHARES = {name for name, unit in UNITS.items() if unit == "share"}
_DATES = {"day": "%Y-%m-%d", "week": "%Y-%m-%d", "month": "%Y-%m"}
_WIDE = 160


class ReportFormat(StrEnum):
    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


From = Annotated[str, typer.Option("--from", help="A date (its midnight) or an ISO time.")]
To = Annotated[str, typer.Option("--to", help="Not included. A date or an ISO time.")]
Cut = Annotated[Interval, typer.Option("--interval", help="How the time is cut.")]
Zone = Annotated[str, typer.Option("--time-zone", help="Default: cdr.time_zone of the settings.")]
Queue = Annotated[str | None, typer.Option("--queue", help="Only this queue.")]
Agent = Annotated[str | None, typer.Option("--agent", help="Only this agent (user id).")]
Form = Annotated[ReportFormat, typer.Option("--format", help="The table shows some columns, the others all.")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Write to this file.", dir_okay=False)]
Target = Annotated[
    int, typer.Option("--target", help="Answered within so many seconds: 5 10 15 20 30 60 120.")
]


@app.command()
def queues(
    since: From,
    to: To,
    interval: Cut = Interval.DAY,
    time_zone: Zone = "",
    queue: Queue = None,
    target: Target = DEFAULT_TARGET_S,
    form: Form = ReportFormat.TABLE,
    file: Out = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Calls offered, answered, abandoned, their waits and talks, by queue and interval."""
    asked = ReportRequest(since, to, interval, time_zone, queue, None, target)
    _write(_ask(config, "queues", asked), ReportFormat.JSON if as_json else form, file)


@app.command()
def agents(
    since: From,
    to: To,
    interval: Cut = Interval.DAY,
    time_zone: Zone = "",
    queue: Queue = None,
    agent: Agent = None,
    form: Form = ReportFormat.TABLE,
    file: Out = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rings, calls, talk, wrap-up, sign-in time and occupancy, by agent and interval."""
    asked = ReportRequest(since, to, interval, time_zone, queue, agent)
    _write(_ask(config, "agents", asked), ReportFormat.JSON if as_json else form, file)


@app.command()
def quality(
    since: From,
    to: To,
    interval: Cut = Interval.DAY,
    time_zone: Zone = "",
    queue: Queue = None,
    agent: Agent = None,
    form: Form = ReportFormat.TABLE,
    file: Out = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Scores that supervisors gave to calls, by agent and interval."""
    asked = ReportRequest(since, to, interval, time_zone, queue, agent)
    _write(_ask(config, "quality", asked), ReportFormat.JSON if as_json else form, file)


@app.command()
def calls(
    since: From,
    to: To,
    time_zone: Zone = "",
    queue: Queue = None,
    agent: Agent = None,
    form: Form = ReportFormat.TABLE,
    file: Out = None,
    why: WhyOption = "",
    alone: AloneOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """The calls behind the figures, all of them, numbers masked.

    More than cdr.bulk_rows of them need a second person (--why; docs/approvals.md).
    """
    asked = ReportRequest(since, to, Interval.WHOLE, time_zone, queue, agent)
    answer = _ask(config, "calls", asked, why=why, alone=alone, as_json=as_json)
    _write(answer, ReportFormat.JSON if as_json else form, file)


@app.command("rebuild")
def rebuild_all(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Rebuild all report data from the ledger, then compare sums with calls. Safe during operation."""
    settings = load(config)

    async def work() -> tuple[int, list[str]]:
        async with open_storage(settings) as storage:
            done = await rebuild.rebuild(storage, _progress)
            return done, await rebuild.differences(storage)

    done, differing = run(work())
    if as_json:
        print_json({"calls": done, "differences": differing})
    else:
        out.print(f"{done} calls, {len(differing)} differences")
        for one in differing[:20]:
            err.print(one, markup=False, highlight=False)
    if differing:
        raise typer.Exit(FAILED)


@app.command()
def check(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Compare the stored sums with their calls. Exit code 1 on differences."""
    settings = load(config)

    async def work() -> list[str]:
        async with open_storage(settings) as storage:
            return await rebuild.differences(storage)

    differing = run(work())
    if as_json:
        print_json({"differences": differing})
    else:
        out.print(f"{len(differing)} differences", *differing[:20], sep="\n", markup=False, highlight=False)
    if differing:
        raise typer.Exit(FAILED)


def _progress(done: int) -> None:
    if sys.stderr.isatty() and done % 10_000 == 0:
        err.print(f"{done} calls", highlight=False)


def _ask(
    config: Path | None,
    subject: str,
    asked: ReportRequest,
    *,
    why: str = "",
    alone: bool = False,
    as_json: bool = False,
) -> ReportResult:
    settings = load(config)

    async def look() -> ReportResult:
        async with open_storage(settings) as storage:
            second = AskedByCommand(settings, storage, why, alone=alone)
            reports = Reports(
                storage,
                audit_trail(storage, settings),
                settings.cdr.time_zone,
                bulk=BulkLimit(settings.cdr.bulk_rows, second),
            )
            if subject == "queues":
                return await reports.queues(operator(), asked)
            if subject == "agents":
                return await reports.agents(operator(), asked)
            if subject == "quality":
                return await reports.quality(operator(), asked)
            return await _all_calls(reports, asked)

    return run(look(), as_json=as_json)


async def _all_calls(reports: Reports, asked: ReportRequest) -> ReportResult:
    answer = await reports.calls(operator(), asked, limit=MOST_CALLS)
    rows, following = list(answer.rows), answer.next
    while following:
        page = await reports.calls(operator(), asked, limit=MOST_CALLS, after=following)
        rows += page.rows
        following = page.next
    answer.rows[:] = rows
    return answer


def _write(answer: ReportResult, form: ReportFormat, file: Path | None) -> None:
    if form is ReportFormat.TABLE:
        _table(answer)
    elif form is ReportFormat.JSON and file is None:
        print_json({**answer.body(), "next": ""})
    else:
        _write_bytes(run(_bytes(answer, form)), file)


async def _bytes(answer: ReportResult, form: ReportFormat) -> bytes:
    if form is ReportFormat.CSV:
        return formats.csv_of(answer)
    if form is ReportFormat.PARQUET:
        return formats.parquet_of(answer)
    return json_bytes({**answer.body(), "next": ""})


def json_bytes(body: dict[str, Any]) -> bytes:
    """The report as one line of JSON in UTF-8."""
    return json.dumps(body, ensure_ascii=False, default=str).encode()


def _write_bytes(content: bytes, file: Path | None) -> None:
    if file is not None:
        file.write_bytes(content)
        err.print(f"{file}: {len(content)} bytes", highlight=False)
        return
    sys.stdout.flush()
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as stream:
        stream.write(content)


def _table(answer: ReportResult) -> None:
    since, until = (f"{at:%Y-%m-%d %H:%M}" for at in (answer.since, answer.until))
    table = Table(
        title=f"{answer.subject} {since} – {until} {answer.time_zone}", box=box.SIMPLE, pad_edge=False
    )
    keys = [name for name in ("interval_start", "queue", "agent") if name in answer.columns[:2]]
    shown = [*keys, *_SHOWN[answer.subject]]
    for name in shown:
        table.add_column(name.replace("_", " "), justify="left" if name in keys else "right")
    for row in answer.rows:
        table.add_row(*(_cell(name, row.get(name), answer.interval) for name in shown))
    if answer.total:
        table.add_section()
        numbers = (_cell(name, answer.total.get(name), "") for name in shown[len(keys) :])
        table.add_row("total", *[""] * (len(keys) - 1), *numbers)
    # Where nobody looks at it, no line is broken.
    (out if out.is_terminal else Console(width=_WIDE, markup=False, emoji=False)).print(table)


def _cell(name: str, value: object, interval: str) -> str:
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return value.strftime(_DATES.get(interval, "%Y-%m-%d %H:%M"))
    if name in _SHARES and isinstance(value, int | float):
        return f"{value:.1%}"
    return f"{value:,.1f}" if isinstance(value, float) else str(value)
