"""`songhua inspectors`: who verifies, when each of them works, and what they were asked.

Written to the database as the service writes it; a running service tells the inspectors.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

import typer
from rich.table import Table

from cases.dispatch.whereabouts import CaseLookup
from cases.evaluation.service import EvaluationRequest
from cases.evaluation.verifications.http import task_evaluation_body
from cases.evaluation.verifications.model import TASK_DIMENSIONS, TASK_FIGURES, VerificationKind
from cases.evaluation.verifications.service import TaskEvaluations
from cases.events import VerificationAsked, VerificationChanged
from cases.ports import CasesPorts
from cases.room import build as build_cases
from cases.verification.model import Verification
from cases.verification.service import VerificationService
from cases.verification.views import verification_view
from core.ids import uuid7
from field.inspectors.service import InspectorNow, Inspectors
from gateway.commands.cases_evaluate import OPERATOR, evaluation_parts, share
from gateway.commands.common import ConfigOption, JsonOption, load, open_storage, out, print_json, run
from gateway.commands.dispatch_acts import operator_of_request
from gateway.commands.field_common import CommandContext, Nobody, opened, operator
from gateway.commands.grid_common import grid_of
from gateway.commands.tables import DryRunOption, import_setting
from gateway.settings import Settings
from gateway.wiring.cases import RecordedCalls
from gateway.wiring.inspectors import InspectorsOfUnits
from gateway.wiring.runtime_settings.beats import BeatForms
from gateway.wiring.runtime_settings.shifts import ShiftForms
from gateway.wiring.runtime_settings.stored import stored_value
from identity.service import IdentityService

T = TypeVar("T")

app = typer.Typer(help="Inspectors: shifts and verification tasks. 监督员。", no_args_is_help=True)
shift = typer.Typer(help="Shifts: import and list them. 班次。", no_args_is_help=True)
app.add_typer(shift, name="shift")

_DAY = ["%Y-%m-%d"]
KINDS: Final[Mapping[str, VerificationKind]] = {"all": "all", "draft": "draft", "case": "case"}
_SHOWN_COUNTS: Final = ("asked", "due", "in_time", "late", "unanswered", "confirmed", "not_found", "differs")

TOLD = (VerificationAsked, VerificationChanged)
"""What the role `radio` has to hear of these acts."""


@app.callback()
def inspectors() -> None:
    """Inspectors."""


@app.command("list")
def list_inspectors(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Units with the skill inspector: who is on shift, and how many tasks each has."""
    settings = load(config)

    async def work(field: CommandContext) -> Sequence[InspectorNow]:
        return await (await _inspectors(settings, field)).near(None)

    found = run(_opened(settings, work))
    if as_json:
        print_json([_row(one) for one in found])
        return
    for one in found:
        at = "on shift " if one.on_shift else "off shift"
        reach = "online " if one.unit.online else "offline"
        text = f"{one.unit.unit_id:16} {at} {reach} {one.jobs:3} tasks  {one.unit.name}"
        out.print(text, highlight=False)


@shift.command("import")
def import_shifts(
    file: Annotated[Path, typer.Argument(help="CSV (UTF-8 or GB18030).", exists=True, dir_okay=False)],
    dry_run: DryRunOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check every line and replace the shifts of the units that the file names; nothing is changed when a
    line is refused. songhua settings undo shifts takes an import back.
    """
    import_setting("shifts", file, load(config), dry_run=dry_run, as_json=as_json)


@shift.command("list")
def list_shifts(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """All shifts, as they are stored."""
    settings = load(config)

    async def work(field: CommandContext) -> ShiftForms:
        return ShiftForms.model_validate(await stored_value(settings, field.storage, "shifts"))

    found = run(_opened(settings, work)).shifts
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
        return
    for one in found:
        days = ",".join(map(str, one.weekdays)) or "every day"
        between = f"{one.first or '…'} – {one.last or '…'}"
        out.print(f"{one.unit_id:16} {one.starts}–{one.ends}  {days}  {between}", highlight=False)


@app.command("tasks")
def list_tasks(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Verification tasks without an answer, the earliest due first."""
    found = _do(load(config), lambda _field, tasks: tasks.waiting(operator()))
    if as_json:
        print_json([verification_view(one).model_dump(mode="json") for one in found])
        return
    for one in found:
        _print(one)


@app.command("figures")
def figures(
    since: Annotated[datetime, typer.Option("--from", formats=_DAY, help="Asked on this day or later.")],
    until: Annotated[datetime, typer.Option("--to", formats=_DAY, help="Asked before this day.")],
    by: Annotated[str, typer.Option(help="unit or beat.")] = "unit",
    kind: Annotated[str, typer.Option(help="draft: before filing; case: before closing; all.")] = "all",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """How many tasks each inspector or beat got, how many were answered in time, and what was found."""
    if by not in TASK_DIMENSIONS:
        raise typer.BadParameter("unit or beat", param_hint="--by")
    if kind not in KINDS:
        raise typer.BadParameter("all, draft or case", param_hint="--kind")
    settings = load(config)
    asked = EvaluationRequest(since.date(), until.date())

    async def read() -> dict[str, Any]:
        async with open_storage(settings) as storage:
            projector, evaluation, record = await evaluation_parts(storage, settings)
            await projector.catch_up()
            grid = await grid_of(settings, storage)
            tasks = TaskEvaluations(
                storage, projector, record, evaluation.refs, lambda: grid.beats.by_id,
                hours=settings.cases.timezone_h,
            )  # fmt: skip
            return task_evaluation_body(await tasks.evaluate(OPERATOR, asked, by, KINDS[kind]))

    found = run(read())
    if as_json:
        print_json(found)
        return
    table = Table(by, *_SHOWN_COUNTS, *TASK_FIGURES, "median")
    for row in [*found["rows"], found["total"]]:
        name = row["name"] or ("total" if row is found["total"] else "–")
        rates = (share(row["rates"][one]) for one in TASK_FIGURES)
        median = "–" if row["median_s"] is None else f"{row['median_s'] / 60:.0f} min"
        table.add_row(name, *(str(row["counts"][one]) for one in _SHOWN_COUNTS), *rates, median)
    out.print(table)


@app.command("ask")
def ask(
    case: Annotated[str, typer.Option("--case", help="Number or short code of a done case. 案件号。")] = "",
    draft: Annotated[UUID | None, typer.Option("--draft", help="A draft's id. 草稿编号。")] = None,
    unit: Annotated[str, typer.Option("--unit", help="Instead of whose beat it is. 指定监督员。")] = "",
    words: Annotated[str, typer.Option("--words", help="What is to be looked at. 核查要求。")] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have an inspector look at the place of a draft, or check the work of a done case. 派发核查任务。"""
    if bool(case) == (draft is not None):
        raise typer.BadParameter("give either --case or --draft")

    async def work(field: CommandContext, tasks: VerificationService) -> Verification:
        unit_id = (await field.register.find(unit)).unit_id if unit else ""
        if draft is not None:
            return await tasks.ask_of_draft(
                draft, op_id=uuid7(), actor=operator(), unit_id=unit_id, words=words
            )
        found = await CaseLookup(field.storage).known(case)
        case_id = found.case_id if found is not None else UUID(case)
        return await tasks.ask_of_case(case_id, op_id=uuid7(), actor=operator(), unit_id=unit_id, words=words)

    _tell(_do(load(config), work), as_json=as_json)


@app.command("recall")
def recall(
    task: Annotated[UUID, typer.Argument(metavar="TASK", help="See songhua inspectors tasks. 任务编号。")],
    reason: Annotated[str, typer.Option("--reason", help="Why; the inspector reads it. 原因。")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a verification task back. 撤回核查任务。"""

    async def work(_field: CommandContext, tasks: VerificationService) -> Verification:
        return await tasks.recall(task, op_id=uuid7(), reason=reason, actor=operator())

    _tell(_do(load(config), work), as_json=as_json)


def _do(settings: Settings, work: Callable[[CommandContext, VerificationService], Awaitable[T]]) -> T:
    async def do(field: CommandContext) -> T:
        known = await _inspectors(settings, field)
        views = IdentityService(field.storage, settings.identity).audit
        ports = CasesPorts(
            field.storage, Nobody(), RecordedCalls(field.storage), operator_of_request, views, audit=views,
            inspectors=InspectorsOfUnits(lambda: known),
        )  # fmt: skip
        room = build_cases(settings.cases, ports)
        await room.grid.look()
        beats = await stored_value(settings, field.storage, "beats")
        room.grid.use(BeatForms.model_validate(beats).beats)
        return await work(field, room.verifications)

    return run(_opened(settings, do))


async def _opened(settings: Settings, work: Callable[[CommandContext], Awaitable[T]]) -> T:
    async with opened(settings, told=TOLD) as field:
        return await work(field)


async def _inspectors(settings: Settings, field: CommandContext) -> Inspectors:
    found = Inspectors(field.storage, hours=settings.field.timezone_h)
    found.use(ShiftForms.model_validate(await stored_value(settings, field.storage, "shifts")).shifts)
    return found


def _tell(task: Verification, *, as_json: bool) -> None:
    if as_json:
        print_json(verification_view(task).model_dump(mode="json"))
        return
    _print(task)


def _print(task: Verification) -> None:
    about = "case" if task.case_id is not None else "draft"
    text = f"{task.task_id}  {task.state:9} {task.unit_id:16} due {task.due_at:%Y-%m-%d %H:%M} UTC  {about}"
    out.print(f"{text} {task.case_id or task.draft_id}", highlight=False, soft_wrap=True)


def _row(one: InspectorNow) -> dict[str, Any]:
    return {
        "unit_id": one.unit.unit_id, "name": one.unit.name, "on_shift": one.on_shift,
        "online": one.unit.online, "tasks": one.jobs,
        "shifts": [shift.model_dump(mode="json", exclude={"unit_id"}) for shift in one.shifts],
    }  # fmt: skip
