"""Every row of the tables of states and actions is walked on the service, on both databases, by every role:
what the table allows is done and leads where it says; everything else is refused and leaves no trace.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from cases import rights
from cases.assignments.model import Handler
from cases.assignments.service import AskedAct
from cases.errors import FourEyesRequired, WrongStep
from cases.events import AssignmentAction, AssignmentState, CaseState, CaseView
from cases.life.model import CaseAction
from cases.workflow.loading import load_workflow
from cases.workflow.model import WorkflowRow
from core.actor import Actor, Role
from core.errors import Forbidden, SonghuaError
from core.ids import uuid7
from core.scopes import Scopes
from core.storage import Storage
from tests.cases.assignments.people import (
    ACCEPTOR,
    DISPATCHER,
    HOST,
    MA,
    OTHER,
    SECOND_DISPATCHER,
    SUPERVISOR,
    Office,
    office,
)

# Beside real tests the processors are not its own: twenty seconds of computing took ten minutes.
pytestmark = pytest.mark.timeout(1800)

WORKFLOW = load_workflow()
PEOPLE = {
    role: Actor(f"only-{role}", role.value, frozenset({role}), Scopes(departments=frozenset({HOST, OTHER})))
    for role in Role
}
WAYS: dict[AssignmentState, Sequence[AssignmentAction]] = {
    AssignmentState.WAITING: (),
    AssignmentState.HANDLING: (AssignmentAction.SIGN,),
    AssignmentState.RETURNED: (AssignmentAction.RETURN,),
    AssignmentState.SENT_BACK: (AssignmentAction.RETURN, AssignmentAction.REFUSE_RETURN),
    AssignmentState.DISPUTED: (
        AssignmentAction.RETURN,
        AssignmentAction.REFUSE_RETURN,
        AssignmentAction.OBJECT,
    ),
    AssignmentState.EXTENSION_ASKED: (AssignmentAction.SIGN, AssignmentAction.ASK_EXTENSION),
    AssignmentState.SUSPENSION_ASKED: (AssignmentAction.SIGN, AssignmentAction.ASK_SUSPENSION),
    AssignmentState.POSTPONEMENT_ASKED: (AssignmentAction.SIGN, AssignmentAction.ASK_POSTPONEMENT),
    AssignmentState.SUSPENDED: (
        AssignmentAction.SIGN,
        AssignmentAction.ASK_SUSPENSION,
        AssignmentAction.APPROVE,
    ),
    AssignmentState.POSTPONED: (
        AssignmentAction.SIGN,
        AssignmentAction.ASK_POSTPONEMENT,
        AssignmentAction.APPROVE,
    ),
    AssignmentState.ANSWERED: (AssignmentAction.SIGN, AssignmentAction.ANSWER),
    AssignmentState.FINISHED: (AssignmentAction.SIGN, AssignmentAction.ANSWER),
    AssignmentState.WITHDRAWN: (AssignmentAction.WITHDRAW,),
}
"""How a further department's assignment comes there from when it was given; `FINISHED` with its case."""
MORE: dict[AssignmentAction, dict[str, Any]] = {
    AssignmentAction.ASK_EXTENSION: {"hours": 4.0},
    AssignmentAction.REASSIGN: {"department_id": "gas"},
    AssignmentAction.DELEGATE: {"handler": "he"},
}


async def given(at: Office) -> CaseView:
    """A case that a further department has, which must answer."""
    at.on.staff.of = {OTHER: [Handler("he", "何科长")]}
    case = await at.filed()
    await at.service.give(case.case_id, OTHER, op_id=uuid7(), actor=DISPATCHER, text="协办", must_answer=True)
    return case


async def brought(at: Office, state: AssignmentState, *, delegated: bool = False) -> CaseView:
    """`delegated`: to a person, as soon as the department has signed."""
    case = await given(at)
    ways = list(WAYS[state])
    if delegated:
        ways.insert(ways.index(AssignmentAction.SIGN) + 1, AssignmentAction.DELEGATE)
    for action in ways:
        await at.act(_first(action), case, action.value, "如此", department=OTHER, **MORE.get(action, {}))
    if state is AssignmentState.FINISHED:
        await at.act(MA, case, "sign")
        await at.act(MA, case, "answer", "清了")
        for step in (CaseAction.VERIFY, CaseAction.CLOSE):
            await taken(at, case, step, ACCEPTOR)
    assert (await at.of(case, OTHER)).assignment.state is state
    return case


def _first(action: AssignmentAction) -> Actor:
    """Who brings it there: departments ask, a dispatcher refuses, a supervisor approves."""
    line = rights.assignment_right(action)
    assert line is not None
    if Role.DEPARTMENT in line.roles:
        return PEOPLE[Role.DEPARTMENT]
    return SUPERVISOR if action is AssignmentAction.APPROVE else DISPATCHER


async def taken(at: Office, case: CaseView, step: CaseAction, who: Actor) -> CaseView:
    condition = "restored" if step is CaseAction.CLOSE else ""
    return await at.on.room.cases.take_step(
        case.case_id, step, op_id=uuid7(), actor=who, reason="如此", condition=condition
    )


def allowed(state: AssignmentState, role: Role) -> Iterator[WorkflowRow]:
    """Rows out of this state for people of this role."""
    for row in WORKFLOW.rows:
        if state in row.sources and role.value in row.roles:
            yield row


def test_a_way_leads_to_every_state() -> None:
    assert set(WAYS) == set(WORKFLOW.states)
    for state, way in WAYS.items():
        there: AssignmentState | None = AssignmentState.WAITING
        for action in way:
            row = WORKFLOW.row(action, there)
            assert row is not None
            there = row.target or there
        assert there is state or state is AssignmentState.FINISHED


def walks() -> Iterator[tuple[WorkflowRow, AssignmentState, Role]]:
    """Each row from each of its states and by each of its roles; all pairs of them are walked on the table
    alone (`test_table.py`).
    """
    for row in WORKFLOW.rows:
        roles = [role for role in Role if role.value in row.roles]
        if roles:
            most = max(len(row.sources), len(roles))
            both = zip(itertools.cycle(row.sources), itertools.cycle(roles), strict=False)
            yield from ((row, state, role) for state, role in itertools.islice(both, most))


async def test_what_a_row_allows_is_done_and_leads_where_it_says(any_storage: Storage) -> None:
    at = office(any_storage)
    for row, state, role in walks():
        who, more = PEOPLE[role], MORE.get(row.action, {})
        case = await brought(at, state, delegated=row.action is AssignmentAction.TAKE_BACK)
        after = await at.act(who, case, row.action.value, "如此", department=OTHER, **more)
        if row.action is AssignmentAction.REASSIGN:
            assert after.assignment.state is AssignmentState.WAITING, "with the other department"
        shown = (await at.of(case, OTHER)).assignment
        assert shown.state is (row.target or state), (state, row.action, role)
        assert (shown.last_act, shown.last_by) == (row.action, who.id)


async def test_what_no_row_allows_is_refused_and_leaves_no_trace(any_storage: Storage) -> None:
    at = office(any_storage)
    refused = 0
    for state in WORKFLOW.states:
        case = await brought(at, state)
        one = (await at.of(case, OTHER)).assignment
        before = (one, len(await at.on.emitted()), await at.on.room.cases.history(case.case_id))
        for role, who in PEOPLE.items():
            may = {row.action for row in allowed(state, role)}
            for action in set(AssignmentAction) - may:
                line = rights.assignment_right(action)
                error = Forbidden if line is None or role not in line.roles else WrongStep
                asked = AskedAct(action, one.rev, "如此", **MORE.get(action, {}))
                with pytest.raises(error):
                    await at.service.act(one.assignment_id, asked, op_id=uuid7(), actor=who)
                refused += 1
        after = (await at.of(case, OTHER)).assignment
        assert (after, len(await at.on.emitted()), await at.on.room.cases.history(case.case_id)) == before
    assert refused > 1500


@pytest.mark.parametrize("state", [AssignmentState.DISPUTED, AssignmentState.EXTENSION_ASKED])
async def test_who_asked_or_refused_does_not_decide(any_storage: Storage, state: AssignmentState) -> None:
    at = office(any_storage)
    case = await brought(at, state)
    roles = frozenset({Role.DEPARTMENT, Role.DISPATCHER, Role.SUPERVISOR})
    for name in {PEOPLE[Role.DEPARTMENT].id, *([DISPATCHER.id] if state is AssignmentState.DISPUTED else [])}:
        both = Actor(name, name, roles, Scopes(departments=frozenset({OTHER})))
        for row in WORKFLOW.rows:
            if state in row.sources and row.not_by:
                with pytest.raises(FourEyesRequired):
                    await at.act(both, case, row.action.value, "如此", department=OTHER)
    decides = "overrule" if state is AssignmentState.DISPUTED else "approve"
    after = await at.act(SECOND_DISPATCHER, case, decides, "如此", department=OTHER)
    assert after.assignment.state is AssignmentState.HANDLING


CASE_WAYS: dict[CaseState, Sequence[CaseAction]] = {
    CaseState.FILED: (),
    CaseState.DONE: (CaseAction.DONE,),
    CaseState.VERIFIED: (CaseAction.DONE, CaseAction.VERIFY),
    CaseState.CLOSED: (CaseAction.DONE, CaseAction.VERIFY, CaseAction.CLOSE),
    CaseState.CANCELLED: (CaseAction.CANCEL,),
}
LEADS = {
    (CaseState.FILED, CaseAction.DONE): CaseState.DONE,
    (CaseState.DONE, CaseAction.VERIFY): CaseState.VERIFIED,
    (CaseState.VERIFIED, CaseAction.VERIFY): CaseState.VERIFIED,
    (CaseState.VERIFIED, CaseAction.CLOSE): CaseState.CLOSED,
    (CaseState.FILED, CaseAction.CANCEL): CaseState.CANCELLED,
    (CaseState.DONE, CaseAction.CANCEL): CaseState.CANCELLED,
    (CaseState.DONE, CaseAction.REOPEN): CaseState.FILED,
    (CaseState.VERIFIED, CaseAction.REOPEN): CaseState.FILED,
    (CaseState.CLOSED, CaseAction.REOPEN_CLOSED): CaseState.FILED,
}
ALLOWED = {
    CaseAction.DONE: {Role.ACCEPTOR, Role.DISPATCHER},
    CaseAction.VERIFY: {Role.ACCEPTOR},
    CaseAction.CLOSE: {Role.ACCEPTOR},
    CaseAction.CANCEL: {Role.DISPATCHER},
    CaseAction.REOPEN: {Role.DISPATCHER, Role.ACCEPTOR},
    CaseAction.REOPEN_CLOSED: {Role.SUPERVISOR, Role.ACCEPTOR},
}


async def test_every_step_of_a_case_from_every_state_by_every_role(any_storage: Storage) -> None:
    at = office(any_storage)

    async def there(state: CaseState) -> CaseView:
        case = await at.filed()
        for step in CASE_WAYS[state]:
            # Who verified is the one who closes.
            who = PEOPLE[Role.ACCEPTOR] if step in {CaseAction.VERIFY, CaseAction.CLOSE} else DISPATCHER
            case = await taken(at, case, step, who)
        return case

    for state in CASE_WAYS:
        case = await there(state)
        for step in CaseAction:
            for role, who in PEOPLE.items():
                target = LEADS.get((state, step))
                if target is not None and role in ALLOWED[step]:
                    assert (await taken(at, case, step, who)).state is target, (state, step, role)
                    case = await there(state)
                    continue
                with pytest.raises(SonghuaError) as refused:
                    await taken(at, case, step, who)
                assert isinstance(refused.value, Forbidden | WrongStep), (state, step, role)
                assert (await at.on.room.cases.get(case.case_id)).version == case.version
