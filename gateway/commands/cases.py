"""`songhua cases`: the list of cases, what agents made of the drafts, and what is learned from it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from cases.drafting.model import FieldName
from cases.learning.quality import FieldOutcome, FieldTally, Quality, quality
from cases.learning.store import confirmed
from gateway.commands.cases_assignments import assignments
from gateway.commands.cases_conditions import conditions
from gateway.commands.cases_deadline import show_deadline
from gateway.commands.cases_duty import duty
from gateway.commands.cases_evaluate import evaluate
from gateway.commands.cases_list import list_cases, search, show
from gateway.commands.cases_merge import link, merge, split, unlink, unmerge
from gateway.commands.cases_near import near
from gateway.commands.cases_pdf import pdf
from gateway.commands.cases_recompute import recompute
from gateway.commands.cases_responsible import rules, show_responsible
from gateway.commands.cases_retrain import models, retrain
from gateway.commands.common import ConfigOption, JsonOption, load, open_storage, out, print_json, run

app = typer.Typer(
    help="Cases: find and read them, how often agents file what was drafted, and training from it.",
    no_args_is_help=True,
)
app.command()(retrain)
app.command()(models)
app.command("list")(list_cases)
app.command()(search)
app.command()(show)
app.command("deadline")(show_deadline)
app.command("responsible")(show_responsible)
app.add_typer(rules, name="rules")
app.add_typer(assignments, name="assignments")
app.add_typer(duty, name="duty")
app.command()(recompute)
app.command()(pdf)
app.command()(near)
app.command()(conditions)
app.command()(merge)
app.command()(unmerge)
app.command()(split)
app.command()(link)
app.command()(unlink)
app.command()(evaluate)

_DAY = ["%Y-%m-%d"]


@app.callback()
def cases() -> None:
    """Cases: find and read them, how often agents file what was drafted, and training from it."""


@app.command("quality")
def show_quality(
    since: Annotated[datetime | None, typer.Option(formats=_DAY, help="Filed on this day or later.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=_DAY, help="Filed before this day.")] = None,
    confusions: Annotated[int, typer.Option(min=0, max=1_000, help="So many confusions at most.")] = 10,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Shares of drafts that were filed as drafted: by field, by week, by category, and the worst confusions.

    Days are UTC. `sure but wrong` was drafted without a mark of doubt and filed otherwise.
    """
    settings = load(config)
    first, last = (None if day is None else day.replace(tzinfo=UTC) for day in (since, until))

    async def read() -> Quality:
        async with open_storage(settings) as storage, storage.read() as connection:
            found = [one async for one in confirmed(connection, since=first, until=last)]
        return quality(found, confusions=confusions)

    found = run(read())
    if as_json:
        print_json(shown(found))
        return
    if not found.cases:
        out.print("no case was confirmed in this time")
        return
    share = found.untouched / found.cases
    out.print(f"{found.cases} cases, {found.untouched} filed with no judged field changed ({share:.0%})")
    out.print(_table("field", {name.value: tally for name, tally in found.fields.items()}))
    out.print(_table("category by week", found.weeks))
    out.print(_table("category filed", found.categories))
    if found.confusions:
        mixed = Table("drafted", "filed", "cases", title="confusions")
        for drafted, filed, count in found.confusions:
            mixed.add_row(drafted, filed, str(count))
        out.print(mixed)


def shown(found: Quality) -> dict[str, Any]:
    """The same for programs."""
    return {
        "cases": found.cases,
        "untouched": found.untouched,
        "fields": {name.value: _told(found.fields[name]) for name in FieldName if name in found.fields},
        "weeks": {week: _told(tally) for week, tally in found.weeks.items()},
        "categories": {ref: _told(tally) for ref, tally in found.categories.items()},
        "confusions": [
            {"drafted": drafted, "filed": filed, "cases": count} for drafted, filed, count in found.confusions
        ],
    }


def _told(tally: FieldTally) -> dict[str, Any]:
    counts = {fate.value: tally.fates[fate] for fate in FieldOutcome}
    return counts | {"accepted": tally.accepted, "sure": tally.sure, "sure_wrong": tally.sure_wrong}


def _table(title: str, rows: dict[str, FieldTally] | Any) -> Table:
    table = Table(title, "accepted", *(fate.value for fate in FieldOutcome), "sure but wrong")
    for name, tally in rows.items():
        accepted = "–" if tally.accepted is None else f"{tally.accepted:.0%}"
        counts = (str(tally.fates[fate]) for fate in FieldOutcome)
        table.add_row(name, accepted, *counts, f"{tally.sure_wrong} of {tally.sure}")
    return table
