"""What is wrong with a table of states and actions, line by line, with the remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from cases import rights
from cases.events import AssignmentAction, AssignmentState
from cases.responsibility.check import RuleProblem
from cases.workflow.model import SYSTEM, AssignmentWorkflow, ClockEffect, WorkflowRow


class _Clock(StrEnum):
    """How the clock of an assignment stands in a state."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


_LEADS: Mapping[ClockEffect, tuple[frozenset[_Clock], _Clock]] = {
    ClockEffect.STOP: (frozenset({_Clock.RUNNING, _Clock.PAUSED}), _Clock.STOPPED),
    ClockEffect.PAUSE: (frozenset({_Clock.RUNNING}), _Clock.PAUSED),
    ClockEffect.RESUME: (frozenset({_Clock.PAUSED}), _Clock.RUNNING),
    ClockEffect.RESTART: (frozenset(_Clock), _Clock.RUNNING),
    ClockEffect.EXTEND: (frozenset({_Clock.RUNNING}), _Clock.RUNNING),
}
_FOLLOWING = (
    AssignmentAction.DISPATCH, AssignmentAction.SETTLE, AssignmentAction.WITHDRAW, AssignmentAction.FINISH,
    AssignmentAction.REOPEN, AssignmentAction.REWORK,
)  # fmt: skip
"""What acts on the case need of the table."""
ENDS = frozenset({AssignmentState.ANSWERED, AssignmentState.FINISHED, AssignmentState.WITHDRAWN})
"""The states in which a department has nothing to do: their meaning is the program's."""


def check_workflow(workflow: AssignmentWorkflow) -> list[RuleProblem]:
    """All that is wrong, by line."""
    problems = [
        *_beginning(workflow),
        *_states(workflow),
        *_contradictions(workflow),
        *_roles(workflow),
        *_system(workflow),
    ]
    if not problems:
        problems = [*_reached(workflow), *_clocks(workflow)]
    return sorted(problems, key=lambda one: (one.line == 0, one.line))


def _beginning(workflow: AssignmentWorkflow) -> Iterator[RuleProblem]:
    first = [one for one in workflow.rows if not one.sources]
    for one in first:
        if one.action is not AssignmentAction.DISPATCH:
            what = f"{one.action} begins an assignment"
            yield RuleProblem(one.line, what, "name the states that it leads from; dispatch alone begins one")
        elif one.target is None or one.clock is not ClockEffect.START:
            yield RuleProblem(
                one.line, "dispatch leads to no state or starts no clock", "write a state and clock: start"
            )
    if not any(one.action is AssignmentAction.DISPATCH for one in first):
        yield RuleProblem(0, "nothing begins an assignment", "add a row: dispatch, from: []")


def _states(workflow: AssignmentWorkflow) -> Iterator[RuleProblem]:
    """Rows name states of the file, and every state but the final ones is left by some row."""
    for row in workflow.rows:
        for state in (*row.sources, *([row.target] if row.target else [])):
            if state not in workflow.states:
                yield RuleProblem(row.line, f"{row.action}: no state {state}", "add it under states")
            elif state in row.sources and workflow.states[state].final:
                what = f"{row.action} leads out of {state}, which is final"
                yield RuleProblem(row.line, what, "take away final: true, or the state from this row")
    for known in workflow.states.values():
        leads = any(
            known.state in row.sources and row.target not in {None, known.state} for row in workflow.rows
        )
        if not leads and not known.final:
            yield RuleProblem(
                known.line, f"nothing leads out of {known.state}", "add a row from it, or write final: true"
            )
    for state in sorted(ENDS - workflow.states.keys()):
        yield RuleProblem(0, f"no state {state}", "add it under states: acts on cases lead to it")


def _contradictions(workflow: AssignmentWorkflow) -> Iterator[RuleProblem]:
    seen: dict[tuple[AssignmentAction, AssignmentState | None], WorkflowRow] = {}
    for row in workflow.rows:
        for state in row.sources or (None,):
            first = seen.setdefault((row.action, state), row)
            if first is not row:
                where = "the beginning" if state is None else state
                what = f"{row.action} from {where} stands on line {first.line} already"
                yield RuleProblem(row.line, what, "keep one of the two rows")


def _roles(workflow: AssignmentWorkflow) -> Iterator[RuleProblem]:
    """The table of rights bounds what a city may give."""
    for row in workflow.rows:
        may = rights.assignment_roles(row.action)
        for role in sorted(row.roles - {SYSTEM} - may):
            known = f"{', '.join(sorted(may))} or {SYSTEM}" if may else SYSTEM
            yield RuleProblem(row.line, f"{row.action}: {role} is no role for it", f"write {known}")


def _system(workflow: AssignmentWorkflow) -> Iterator[RuleProblem]:
    """A case that is done, cancelled, closed or reopened takes its assignments along."""
    for action in _FOLLOWING:
        if not any(row.action is action and SYSTEM in row.roles for row in workflow.rows):
            yield RuleProblem(0, f"no row lets {SYSTEM} do {action}", f"add {SYSTEM} to the roles of one")
    for state in workflow.states:
        for action in (AssignmentAction.SETTLE, AssignmentAction.WITHDRAW):
            row = workflow.row(action, state)
            if state not in ENDS and (row is None or SYSTEM not in row.roles):
                what = f"{action} does not lead out of {state}"
                yield RuleProblem(workflow.states[state].line, what, f"add the state to a row of {action}")
    for action, target in (
        (AssignmentAction.SETTLE, AssignmentState.ANSWERED),
        (AssignmentAction.ANSWER, AssignmentState.ANSWERED),
        (AssignmentAction.WITHDRAW, AssignmentState.WITHDRAWN),
        (AssignmentAction.REASSIGN, AssignmentState.WITHDRAWN),
        (AssignmentAction.FINISH, AssignmentState.FINISHED),
    ):  # fmt: skip
        for row in workflow.rows:
            if row.action is action and row.target is not target:
                yield RuleProblem(row.line, f"{action} does not lead to {target}", f"write to: {target}")


def _reached(workflow: AssignmentWorkflow) -> Iterator[RuleProblem]:
    found = {state for state, _ in _walk(workflow)}
    for known in workflow.states.values():
        if known.state not in found:
            yield RuleProblem(known.line, f"nothing leads to {known.state}", "add a row to it, or delete it")


def _clocks(workflow: AssignmentWorkflow) -> Iterator[RuleProblem]:
    """In each state the clock stands in one way, and each effect fits it."""
    stands: dict[AssignmentState, _Clock] = {}
    for state, clock in _walk(workflow):
        first = stands.setdefault(state, clock)
        if first is not clock:
            what = f"the clock is {first} or {clock} in {state}"
            yield RuleProblem(
                workflow.states[state].line, what, "let every row to it pause or resume the clock"
            )
    for row in workflow.rows:
        for state in row.sources:
            needed = _LEADS.get(row.clock)
            clock_now = stands.get(state)
            if needed is not None and clock_now is not None and clock_now not in needed[0]:
                what = f"{row.action} from {state}: a clock that is {clock_now} is not to {row.clock}"
                yield RuleProblem(row.line, what, "write another effect, or take the state from this row")


def _walk(workflow: AssignmentWorkflow) -> list[tuple[AssignmentState, _Clock]]:
    """Every state that an assignment comes to, with each way in which its clock may stand there."""
    waiting = [(one.target, _Clock.RUNNING) for one in workflow.rows if not one.sources and one.target]
    found: list[tuple[AssignmentState, _Clock]] = []
    while waiting:
        here = waiting.pop()
        if here in found:
            continue
        found.append(here)
        state, clock = here
        for row in workflow.rows:
            if state in row.sources:
                after = _LEADS[row.clock][1] if row.clock in _LEADS else clock
                waiting.append((row.target or state, after))
    return sorted(found)
