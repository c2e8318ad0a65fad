"""The table of states and actions: it is checked with its lines, and every row is walked by every role."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.assignments.model import MOST_TEXT, Assignment, AssignmentAct, Handler, act, possible
from cases.errors import AssignmentIncomplete, BrokenTable, CaseReasonMissing, FourEyesRequired, WrongStep
from cases.events import AssignmentAction, AssignmentState
from cases.responsibility.store import DepartmentPart
from cases.workflow.check import check_workflow
from cases.workflow.loading import TABLE, load_workflow, read_workflow, workflow_from
from cases.workflow.model import SYSTEM, NotBy
from core.actor import Role
from core.errors import Forbidden, SonghuaError
from tests.docs.workflow import PAGE, block, kept

NOW = datetime(2026, 11, 30, 1, tzinfo=UTC)
WORKFLOW = load_workflow()
ROLES = [*(role.value for role in Role), SYSTEM]
TEXT = TABLE.read_text(encoding="utf-8")


def an_assignment(state: AssignmentState) -> Assignment:
    return Assignment(
        UUID(int=1), UUID(int=2), "water-supply", "供水", "Water", DepartmentPart.HOST, True, state, NOW, NOW,
        AssignmentAction.DISPATCH, "zhao", "赵调度", asked_by="ma", asked_text="等", asked_h=4.0,
        decided_by="zhao", handler="wang", handler_name="王",
    )  # fmt: skip


def by(action: AssignmentAction, who: str, roles: Sequence[str], text: str = "如此") -> AssignmentAct:
    return AssignmentAct(
        action,
        who,
        who,
        frozenset(roles),
        text,
        hours=2.0,
        department_id="gas",
        photos=(UUID(int=9),),
        handler=Handler("he", "何"),
    )


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("state", WORKFLOW.states)
def test_every_action_from_every_state_by_every_role(state: AssignmentState, role: str) -> None:
    """What a row allows leads where it says; everything else is refused by the error that says why."""
    one = an_assignment(state)
    for action in AssignmentAction:
        row = WORKFLOW.row(action, state)
        if row is None:
            with pytest.raises(WrongStep):
                act(one, WORKFLOW, by(action, "gao", [role]), at=NOW)
            continue
        if role not in row.roles:
            with pytest.raises(Forbidden):
                act(one, WORKFLOW, by(action, "gao", [role]), at=NOW)
            continue
        after, taken = act(one, WORKFLOW, by(action, "gao", [role]), at=NOW + timedelta(hours=1))
        assert taken is row
        assert after.state is (row.target or state)
        assert (after.rev, after.last_act, after.last_by) == (2, action, "gao")
        assert after.updated_at == NOW + timedelta(hours=1)
        if row.reason:
            with pytest.raises(CaseReasonMissing):
                act(one, WORKFLOW, by(action, "gao", [role], "  "), at=NOW)
        for kind, person in ((NotBy.ASKER, "ma"), (NotBy.DECIDER, "zhao")):
            if kind in row.not_by:
                with pytest.raises(FourEyesRequired):
                    act(one, WORKFLOW, by(action, person, [role]), at=NOW)
    able = {row.action for row in possible(one, WORKFLOW, by="gao", roles=frozenset({role}))}
    assert able == {row.action for row in WORKFLOW.rows if state in row.sources and role in row.roles}


_ACTS = st.lists(
    st.tuples(
        st.sampled_from(AssignmentAction), st.sampled_from(["ma", "zhao", "qian", "gao"]),
        st.sampled_from(ROLES), st.sampled_from(["", "因为", "长" * (MOST_TEXT + 5)]),
    ),
    max_size=40,
)  # fmt: skip


@given(_ACTS)
def test_any_acts_keep_the_rules(acts: list[tuple[AssignmentAction, str, str, str]]) -> None:
    one = an_assignment(AssignmentState.WAITING)
    for action, who, role, text in acts:
        before = one
        try:
            one, row = act(one, WORKFLOW, by(action, who, [role], text), at=NOW)
        except SonghuaError:
            assert one is before
            continue
        assert before.state in row.sources
        assert role in row.roles
        assert one.rev == before.rev + 1
        assert NotBy.ASKER not in row.not_by or who != before.asked_by
        assert NotBy.DECIDER not in row.not_by or who != before.decided_by
        assert (one.returns, one.reworks, one.reminders, one.supervision) >= (0, 0, 0, 0)
        assert one.returns >= before.returns
        assert one.reworks >= before.reworks
        assert before.supervision <= one.supervision <= WORKFLOW.supervision_levels
        assert len(one.answer) <= MOST_TEXT
    assert one.state in WORKFLOW.states


def test_an_extension_needs_hours_and_a_reassignment_another_department() -> None:
    asked = AssignmentAct(AssignmentAction.ASK_EXTENSION, "ma", "马", frozenset({"department"}), "等")
    with pytest.raises(AssignmentIncomplete, match="hours"):
        act(an_assignment(AssignmentState.HANDLING), WORKFLOW, asked, at=NOW)
    same = AssignmentAct(
        AssignmentAction.REASSIGN, "zhao", "赵", frozenset({"dispatcher"}), "改", department_id="water-supply"
    )
    with pytest.raises(AssignmentIncomplete, match="another department"):
        act(an_assignment(AssignmentState.RETURNED), WORKFLOW, same, at=NOW)


def test_the_shipped_table_has_no_problem() -> None:
    assert check_workflow(read_workflow(TABLE)) == []
    assert (WORKFLOW.name, WORKFLOW.version) == ("national", 1)


@pytest.mark.parametrize(
    ("was", "becomes", "what", "remedy"),
    [
        (
            "to: handling, roles: [department]}", "to: handling, roles: [mayor]}",
            "mayor is no role", "write department",
        ),
        (
            "{action: object, from: [sent_back]", "{action: object, from: [withdrawn]",
            "which is final", "take away",
        ),
        (
            "reason: true, clock: resume}\n  - {action: object", "reason: true}\n  - {action: object",
            "the clock is", "pause",
        ),
        ("clock: start}", "clock: none}", "starts no clock", "clock: start"),
        (
            "  - {id: disputed, name_zh: 异议复核, name_en: In dispute}\n", "",
            "no state disputed", "add it under states",
        ),
        (
            "roles: [department]}\n  - {action: answer",
            ("roles: [department]}\n  - {action: sign, from: [waiting], to: handling, roles: [department]}\n"
            "  - {action: answer"),
            "sign from waiting stands on line", "keep one",
        ),
        (
            "{action: settle, from: [waiting, handling,", "{action: settle, from: [handling,",
            "settle does not lead out of waiting", "add the state",
        ),
        (
            "roles: [system], clock: restart}", "roles: [acceptor], clock: restart}",
            "acceptor is no role", "system",
        ),
        (
            "{action: resume, from: [suspended, postponed]", "{action: resume, from: [suspended, waiting]",
            "a clock that is running is not to resume", "take the state",
        ),
    ],
)  # fmt: skip
def test_a_check_names_line_and_remedy(was: str, becomes: str, what: str, remedy: str) -> None:
    assert was in TEXT
    text = TEXT.replace(was, becomes, 1)
    problems = check_workflow(workflow_from(text.encode(), "own.yaml"))
    found = [one for one in problems if what in one.what]
    assert found, problems
    assert all(remedy in one.remedy for one in found)
    assert all(0 < one.line <= text.count("\n") + 1 for one in found)


def test_a_state_without_an_exit_is_named() -> None:
    text = TEXT.replace("{action: resume, from: [suspended, postponed]", "{action: resume, from: [suspended]")
    for action in ("reassign", "withdraw", "settle"):
        start = text.index(f"action: {action},")
        text = text[:start] + text[start:].replace("suspended, postponed]", "suspended]", 1)
    (first, *_) = [
        one for one in check_workflow(workflow_from(text.encode(), "x")) if "postponed" in one.what
    ]
    assert first.what == "nothing leads out of postponed"
    assert text.splitlines()[first.line - 1].strip().startswith("- {id: postponed")


@given(st.binary(max_size=400))
def test_any_bytes_are_a_table_or_refused(data: bytes) -> None:
    with suppress(BrokenTable):
        workflow_from(data, "x.yaml")


@pytest.mark.parametrize(
    "text",
    ["name: a\nversion: x", "states: 5", "[]", "rows: [{action: sing, from: [], to: same, roles: [x]}]",
     "name: a\nversion: 1\nrows: [{action: sign, from: [waiting], to: nowhere, roles: [x]}]",
     ("name: a\nversion: 1\nstates: [{id: waiting, name_zh: a, name_en: b},"
     " {id: waiting, name_zh: a, name_en: b}]"),
     "? [a]\n: 1", "a: &x 1\nb: *x"],
)  # fmt: skip
def test_a_broken_table_is_refused(text: str) -> None:
    with pytest.raises(BrokenTable):
        workflow_from(text.encode(), "x.yaml")


def test_a_service_does_not_begin_with_a_table_that_leads_nowhere(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(TEXT.replace("clock: start}", "clock: none}"), encoding="utf-8")
    with pytest.raises(BrokenTable, match=r"own\.yaml:\d+: dispatch"):
        load_workflow(own)


def test_the_page_has_the_table() -> None:
    assert block(PAGE.read_text(encoding="utf-8")) == kept(), "run: python -m tests.docs.workflow"
