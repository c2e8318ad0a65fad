"""A verification task under any acts: the table decides, and who comes second learns who was first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.errors import CaseReasonMissing, VerificationMovedOn
from cases.events import VerificationFinding, VerificationState
from cases.verification.choice import choose
from cases.verification.model import (
    LIVE,
    RULES,
    Verification,
    VerificationAct,
    VerificationAction,
    VerificationAnswer,
    VerificationRole,
    act,
    rule_of,
)
from cases.verification.ports import Inspector

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
FOUND = VerificationAnswer(VerificationFinding.CONFIRMED, "井盖不见了", NOW)
S, A = VerificationState, VerificationAction
ROLE_OF = {
    A.ACCEPT: "inspector", A.DECLINE: "inspector", A.ANSWER: "inspector", A.RECALL: "centre",
    A.EXPIRE: "service",
}  # fmt: skip


def asked() -> Verification:
    return Verification(
        task_id=UUID(int=1), draft_id=UUID(int=2), case_id=None, unit_id="app:21", unit_name="一号",
        state=S.ASKED, words="", asked_by="wang", asked_at=NOW, due_at=NOW + timedelta(minutes=30),
        acts=(VerificationAct(A.ASK, NOW, "wang"),),
    )  # fmt: skip


def done(task: Verification, action: VerificationAction, reason: str = "原因") -> Verification:
    answer = FOUND if action is A.ANSWER else None
    return act(task, action, VerificationRole(ROLE_OF[action]), at=NOW, by="li", reason=reason, answer=answer)


def test_every_live_state_has_an_end_and_no_other_leads_back() -> None:
    for state in LIVE:
        assert {rule.to for rule in RULES if state in rule.sources} >= {S.ANSWERED, S.RECALLED, S.EXPIRED}
    assert {rule.action for rule in RULES} == set(A) - {A.ASK}
    late = [rule for rule in RULES if rule.sources - LIVE]
    assert [rule.to for rule in late] == [S.ANSWERED, S.RECALLED]
    assert all(rule.sources - LIVE == {S.EXPIRED} for rule in late)


@given(st.lists(st.sampled_from([one.action for one in RULES]), max_size=8))
def test_any_acts_follow_the_table_and_are_all_on_record(actions: list[VerificationAction]) -> None:
    task = asked()
    for action in actions:
        rule, before = rule_of(action), task
        if before.state in rule.sources:
            task = done(before, action)
            assert task.state is rule.to
            assert task.acts == (*before.acts, VerificationAct(action, NOW, "li", "原因"))
        else:
            with pytest.raises(VerificationMovedOn) as refused:
                done(before, action)
            told = refused.value.extra
            assert (told["state"], told["by"]) == (before.state.value, before.last.by)
            assert told["act"] == before.last.action.value
        assert (task.answer is not None) == (task.state is S.ANSWERED)


@given(st.sampled_from(RULES), st.sampled_from(VerificationRole))
def test_only_the_roles_of_a_row_may(rule: object, role: VerificationRole) -> None:
    action = next(one for one in RULES if one is rule).action
    if role in rule_of(action).roles:
        return
    with pytest.raises(ValueError, match="does not"):
        act(asked(), action, role, at=NOW, by="x", reason="x", answer=FOUND if action is A.ANSWER else None)


@pytest.mark.parametrize("action", [A.DECLINE, A.RECALL])
def test_who_takes_it_away_says_why(action: VerificationAction) -> None:
    with pytest.raises(CaseReasonMissing):
        done(asked(), action, reason="  ")


def test_an_answer_after_the_time_counts_and_is_late() -> None:
    late = VerificationAnswer(VerificationFinding.NOT_FOUND, "", NOW + timedelta(minutes=31))
    expired = done(asked(), A.EXPIRE)
    answered = act(expired, A.ANSWER, VerificationRole.INSPECTOR, at=late.at, by="unit:app:21", answer=late)
    assert answered.late
    assert not done(asked(), A.ANSWER).late


def an_inspector(
    name: str, *, on_shift: bool = True, online: bool = False, terminal: bool = True
) -> Inspector:
    return Inspector(f"app:{name}", name, on_shift, online, terminal=terminal)


def test_the_beat_comes_before_the_nearest_and_the_shift_before_both() -> None:
    near, own, away = an_inspector("1"), an_inspector("2"), an_inspector("3", on_shift=False)
    assert choose([near, own], {"app:2"}) == own
    assert choose([near, own], {"app:2"}, without={"app:2"}) == near
    assert choose([away, near], {"app:3"}) == near
    assert choose([away], {"app:3"}) is None
    assert choose([near, own], ()) == near


def test_who_is_online_is_asked_first_and_who_has_no_terminal_not_at_all() -> None:
    deaf, off, on = an_inspector("1", terminal=False), an_inspector("2"), an_inspector("3", online=True)
    own = an_inspector("4", online=True)
    assert choose([deaf, off, on], {"app:2"}) == on
    assert choose([deaf, off, on, own], {"app:4"}) == own
    assert choose([deaf, off], {"app:1"}) == off
    assert choose([deaf], {"app:1"}) is None
