"""`songhua cases assignments list|show|act|give`: cases in the hands of departments, from a shell.

Written to the database as the service writes it, by whoever runs the command, as dispatcher and supervisor: a
department's own acts are its own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer
from rich.table import Table

from cases.assignments.http import AssignmentItem, assignment_detail, assignment_item
from cases.assignments.model import WAIT_FOR_DECISION
from cases.assignments.service import AskedAct, AssignedCase
from cases.assignments.store import AssignmentFilter
from cases.dispatch.whereabouts import CaseLookup
from cases.errors import NoSuchAssignment, NoSuchCase
from cases.events import AssignmentAction, AssignmentState
from cases.ports import CasesPorts
from cases.room import CasesRoom
from cases.room import build as build_cases
from cases.views import CaseViews
from core.actor import Actor
from core.ids import uuid7
from core.storage import Storage
from gateway.commands.common import ConfigOption, JsonOption, load, out, print_json, run
from gateway.commands.field_common import Nobody, operator
from gateway.settings import Settings
from gateway.wiring.cases import RecordedCalls
from gateway.wiring.storage import open_storage
from identity.service import IdentityService

T = TypeVar("T")
MOST = 100
assignments = typer.Typer(
    help="Cases in the hands of departments: list them, act on them.", no_args_is_help=True
)

Case = Annotated[str, typer.Argument(metavar="CASE", help="Its number or short code.")]
Department = Annotated[str, typer.Argument(metavar="DEPARTMENT", help="Its id, as in GET /api/departments.")]
Words = Annotated[str, typer.Option("--text", help="The reason.")]


@assignments.callback()
def of_departments() -> None:
    """Cases in the hands of departments: list them, act on them."""


@assignments.command("list")
def list_assignments(
    case: Annotated[str, typer.Option(help="Of this case: number or short code.")] = "",
    department: Annotated[list[str] | None, typer.Option(help="Of one of these departments: ids.")] = None,
    state: Annotated[list[AssignmentState] | None, typer.Option(help="In one of these states.")] = None,
    waiting: Annotated[bool, typer.Option("--waiting", help="What the centre has to decide.")] = False,
    overdue: Annotated[bool, typer.Option("--overdue", help="Whose deadline has passed.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Also those that are no longer in hand.")] = False,
    handler: Annotated[str, typer.Option(help="Given to this person or unit of the department.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="So many at most.")] = 50,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List assignments, those due first."""
    states = tuple(sorted(WAIT_FOR_DECISION)) if waiting else tuple(state or ())

    async def work(room: CasesRoom, storage: Storage) -> list[AssignedCase]:
        wanted = AssignmentFilter(
            states, tuple(department or ()), not every and not states,
            storage.clock.now() if overdue else None,
            case_id=await _case(storage, case) if case else None, handler=handler,
        )  # fmt: skip
        return (await room.assignments.find(operator(), wanted, None, limit))[0]

    _tell(_do(load(config), work), as_json=as_json)


@assignments.command("show")
def show_assignment(
    case: Case, department: Department, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Show a department's assignment of a case, with every act on it."""

    async def work(room: CasesRoom, storage: Storage) -> Any:
        one = await _of_department(room, storage, case, department)
        found, acts = await room.assignments.one(operator(), one.assignment.assignment_id)
        return assignment_detail(_views(room), operator(), found, acts)

    found = run(_with_room(load(config), work))
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    _print([found])
    for one in found.acts:
        line = f"{one.at:%Y-%m-%d %H:%M}  {one.act} → {one.state.value}  {one.actor}  {one.text}"
        out.print(line, markup=False, highlight=False, soft_wrap=True)


@assignments.command("act")
def act_on_assignment(
    case: Case,
    department: Department,
    action: Annotated[AssignmentAction, typer.Argument(metavar="ACTION", help="As in docs/cases.md.")],
    text: Words = "",
    hours: Annotated[float | None, typer.Option(help="Counted hours that an extension grants.")] = None,
    to: Annotated[str, typer.Option("--to", help="The department that it is reassigned to.")] = "",
    level: Annotated[int | None, typer.Option(help="The level of a supervision.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Act on a department's assignment: approve, refuse, reassign, remind; docs/cases.md has all."""

    async def work(room: CasesRoom, storage: Storage) -> list[AssignedCase]:
        one = (await _of_department(room, storage, case, department)).assignment
        asked = AskedAct(action, one.rev, text, hours, level, to)
        return [await room.assignments.act(one.assignment_id, asked, op_id=uuid7(), actor=operator())]

    _tell(_do(load(config), work), as_json=as_json)


@assignments.command("give")
def give_to_department(
    case: Case,
    department: Department,
    text: Words = "",
    must_answer: Annotated[
        bool, typer.Option("--must-answer", help="The case waits for its answer.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a case to a further department."""

    async def work(room: CasesRoom, storage: Storage) -> list[AssignedCase]:
        given = await room.assignments.give(
            await _case(storage, case), department, op_id=uuid7(), actor=operator(), text=text,
            must_answer=must_answer,
        )  # fmt: skip
        return [given]

    _tell(_do(load(config), work), as_json=as_json)


async def _case(storage: Storage, text: str) -> UUID:
    found = await CaseLookup(storage).known(text)
    if found is None:
        raise NoSuchCase("no case has this number", remedy="songhua cases list")
    return found.case_id


async def _of_department(room: CasesRoom, storage: Storage, case: str, department: str) -> AssignedCase:
    """The newest assignment of the department."""
    found = await room.assignments.find(
        operator(),
        AssignmentFilter(wanted_departments=(department,), case_id=await _case(storage, case)),
        None,
        MOST,
    )
    if not found[0]:
        raise NoSuchAssignment(
            "the department does not have this case", remedy="songhua cases assignments list"
        )
    return max(found[0], key=lambda one: one.assignment.seq)


def _do(
    settings: Settings, work: Callable[[CasesRoom, Storage], Awaitable[list[AssignedCase]]]
) -> list[AssignmentItem]:
    async def told(room: CasesRoom, storage: Storage) -> list[AssignmentItem]:
        return [assignment_item(_views(room), operator(), one) for one in await work(room, storage)]

    return run(_with_room(settings, told))


async def _with_room(settings: Settings, work: Callable[[CasesRoom, Storage], Awaitable[T]]) -> T:
    storage = open_storage(settings, "centre", (), beside=True)
    try:
        audit = IdentityService(storage, settings.identity).audit
        calls = RecordedCalls(storage)
        ports = CasesPorts(storage, Nobody(), calls, _operator_of_request, audit, audit=audit)
        return await work(build_cases(settings.cases, ports), storage)
    finally:
        await storage.close()


def _operator_of_request() -> Actor:
    """No request comes to a command."""
    return operator()


def _views(room: CasesRoom) -> CaseViews:
    return CaseViews(room.knowledge.catalogues, room.knowledge.gazetteer)


def _tell(found: list[AssignmentItem], *, as_json: bool) -> None:
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
        return
    _print(found)


def _print(found: list[AssignmentItem]) -> None:
    table = Table("case", "class", "department", "part", "state", "with", "due", "", box=None)
    for one in found:
        it, clock = one.assignment, one.assignment.clock
        due = "—" if clock is None or clock.due_at is None else f"{clock.due_at:%Y-%m-%d %H:%M}"
        late = "overdue" if clock is not None and clock.was_overdue else ""
        table.add_row(
            it.case_number,
            one.case.category_name,
            it.department.id,
            it.part,
            it.state.value,
            it.handler.name if it.handler else "",
            due,
            late,
        )
    out.print(table if found else "no assignment")
