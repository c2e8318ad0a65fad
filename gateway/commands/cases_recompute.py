"""`songhua cases recompute`: deadlines and departments of open cases after a change of rules or calendar."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.table import Table

from cases.assignments.following import CaseAssignments
from cases.assignments.record import AssignmentRecord
from cases.catalogue import load_catalogues
from cases.clocks.calendar import load_working_calendar
from cases.deadlines.recompute import CaseRecompute, RecomputedCase
from cases.deadlines.service import CaseDeadlines
from cases.dispatch.record import DispatchRecord
from cases.gazetteer import load_gazetteer
from cases.life.record import CaseRecord
from cases.responsibility.loading import load_responsibility
from cases.responsibility.service import CaseDepartments
from cases.search.service import CaseSearch
from cases.views import CaseViews
from cases.workflow.loading import load_workflow
from core.actor import Actor
from gateway.commands.common import ConfigOption, JsonOption, load, open_storage, out, print_json, run
from gateway.commands.grid_common import grid_of
from gateway.machine_user import machine_user
from gateway.settings import Settings
from identity.service import IdentityService


def recompute(
    write: Annotated[
        bool, typer.Option("--write", help="Keep the changes; without it they are only printed.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count the deadlines of cases in handling anew, and decide their departments anew.

    For use after a change of time limits, calendar, classes of areas or responsibility rows. Departments that
    a person chose stay, and so does the fact that a deadline passed. The service may run meanwhile; restart
    it first, so that it has the new rules too.
    """
    settings = load(config)
    found = run(_recompute(settings, write=write))
    if as_json:
        print_json({"written": write, "cases": [_plain(one) for one in found]})
        return
    table = Table("number", "area", "limit", "due", "department", box=None)
    for one in found:
        table.add_row(
            one.number,
            _change(one.area_before, one.area_after),
            _change(one.limit_before, one.limit_after),
            _change(_minute(one.due_before), _minute(one.due_after)),
            _change(one.host_before, one.host_after),
        )
    if found:
        out.print(table)
    out.print(f"{len(found)} cases {'changed' if write else 'would change; keep it with --write'}")


async def _recompute(settings: Settings, *, write: bool) -> list[RecomputedCase]:
    catalogues = load_catalogues(settings.cases.own_limits)
    calendar = load_working_calendar(settings.cases.own_calendar)
    rows = load_responsibility(settings.cases.own_responsibility)
    views = CaseViews(catalogues, load_gazetteer())
    deadlines = CaseDeadlines(catalogues, calendar, warn_after=settings.cases.warn_after)
    workflow = load_workflow(settings.cases.own_workflow)
    async with open_storage(settings) as storage:
        search = CaseSearch(views)
        record = CaseRecord(views, search, storage.clock)
        audit = IdentityService(storage, settings.identity).audit
        dispatches = DispatchRecord(storage.clock, search, views)
        kept = AssignmentRecord(deadlines, record, dispatches, audit)
        assignments = CaseAssignments(workflow, deadlines, kept)
        grid = await grid_of(settings, storage)
        work = CaseRecompute(
            storage, deadlines, CaseDepartments(catalogues, rows), record, assignments, grid.area_class_now
        )
        return [
            one async for one in work.run(Actor(f"cli:{machine_user()}"[:64], "command line"), write=write)
        ]


def _plain(one: RecomputedCase) -> dict[str, Any]:
    return {
        **asdict(one),
        "case_id": str(one.case_id),
        "due_before": None if one.due_before is None else one.due_before.isoformat(),
        "due_after": None if one.due_after is None else one.due_after.isoformat(),
        "facts": [fact.value for fact in one.facts],
    }


def _minute(at: Any) -> str | None:
    return None if at is None else f"{at:%Y-%m-%d %H:%M}"


def _change(before: str | None, after: str | None) -> str:
    return (before or "—") if before == after else f"{before or '—'} → {after or '—'}"
