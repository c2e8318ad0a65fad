"""The life of a case: done awaits verification, closing is an act of its own by the acceptor who verified."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.errors import CaseReasonMissing, WrongStep
from cases.events import CaseState
from cases.life.model import REOPENING, Case, CaseAction, act
from cases.life.numbers import case_number, check_digit, city_day, is_code, new_code

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)


def a_case(state: CaseState = CaseState.FILED, acceptor: str | None = None) -> Case:
    return Case(
        case_id=UUID(int=1),
        number="2301102026112500001",
        spoken_code="12345678",
        state=state,
        category="gbt30428.2@2013/P0123",
        district="230110",
        address="公滨路5号",
        crossing=None,
        description="井盖丢了",
        urgency="normal",
        handoff=None,
        confidential=False,
        filed_at=NOW,
        filed_by="wang",
        updated_at=NOW,
        acceptor=acceptor,
    )


def test_a_case_goes_from_filing_to_closing() -> None:
    case = act(a_case(), CaseAction.DONE, by="system:dispatch", at=NOW)
    assert case.state is CaseState.DONE
    case = act(case, CaseAction.VERIFY, by="li", at=NOW)
    assert (case.state, case.acceptor) == (CaseState.VERIFIED, "li")
    case = act(case, CaseAction.CLOSE, by="li", at=NOW, reason="现场已恢复")
    assert case.state is CaseState.CLOSED


def test_done_is_not_closed_without_verification() -> None:
    with pytest.raises(WrongStep):
        act(a_case(CaseState.DONE), CaseAction.CLOSE, by="li", at=NOW, reason="x")


def test_only_the_acceptor_who_verified_closes() -> None:
    verified = a_case(CaseState.VERIFIED, acceptor="li")
    with pytest.raises(WrongStep, match="acceptor"):
        act(verified, CaseAction.CLOSE, by="zhao", at=NOW, reason="x")
    again = act(verified, CaseAction.VERIFY, by="zhao", at=NOW)
    assert act(again, CaseAction.CLOSE, by="zhao", at=NOW, reason="x").state is CaseState.CLOSED


def test_a_reopened_case_has_no_acceptor_until_somebody_verifies_it_anew() -> None:
    reopened = act(
        a_case(CaseState.VERIFIED, acceptor="li"), CaseAction.REOPEN, by="li", at=NOW, reason="又坏了"
    )
    assert (reopened.state, reopened.acceptor) == (CaseState.FILED, None)
    done = act(reopened, CaseAction.DONE, by="system:dispatch", at=NOW)
    assert done.acceptor is None
    verified = act(done, CaseAction.VERIFY, by="zhao", at=NOW)
    with pytest.raises(WrongStep, match="acceptor"):
        act(verified, CaseAction.CLOSE, by="li", at=NOW, reason="x")
    assert act(verified, CaseAction.CLOSE, by="zhao", at=NOW, reason="x").acceptor == "zhao"


def test_a_closed_case_is_reopened_and_takes_no_other_step_and_a_cancelled_one_none() -> None:
    reopened = act(
        a_case(CaseState.CLOSED, acceptor="li"), CaseAction.REOPEN_CLOSED, by="sun", at=NOW, reason="又坏了"
    )
    assert (reopened.state, reopened.acceptor) == (CaseState.FILED, None)
    for ended in (a_case(CaseState.CLOSED, acceptor="li"), a_case(CaseState.CANCELLED)):
        for what in set(CaseAction) - ({CaseAction.REOPEN_CLOSED} if ended.acceptor else set()):
            with pytest.raises(WrongStep):
                act(ended, what, by="li", at=NOW, reason="x")


@pytest.mark.parametrize("what", [CaseAction.CANCEL, CaseAction.REOPEN, CaseAction.CLOSE])
@pytest.mark.parametrize("reason", ["", "   "])
def test_what_ends_or_undoes_needs_a_reason(what: CaseAction, reason: str) -> None:
    state = CaseState.VERIFIED if what is not CaseAction.CANCEL else CaseState.FILED
    with pytest.raises(CaseReasonMissing):
        act(a_case(state, acceptor="li"), what, by="li", at=NOW, reason=reason)


@given(
    st.lists(
        st.tuples(st.sampled_from(CaseAction), st.sampled_from(["li", "zhao"]), st.sampled_from(["", "why"])),
        max_size=12,
    )
)
def test_any_acts_keep_the_rules(acts: list[tuple[CaseAction, str, str]]) -> None:
    case = a_case()
    verified_by: str | None = None
    for what, who, reason in acts:
        before = case
        try:
            case = act(case, what, by=who, at=NOW + timedelta(seconds=1), reason=reason)
        except (WrongStep, CaseReasonMissing):
            assert case is before
            continue
        assert before.state is not CaseState.CANCELLED
        assert (before.state is CaseState.CLOSED) == (what is CaseAction.REOPEN_CLOSED)
        if what is CaseAction.VERIFY:
            verified_by = who
        if what in REOPENING:
            verified_by = None
        assert case.acceptor == verified_by
        if case.state is CaseState.CLOSED:
            assert before.state is CaseState.VERIFIED
            assert who == verified_by
            assert reason


def test_a_number_is_district_day_and_sequence() -> None:
    day = city_day(datetime(2026, 11, 24, 16, 30, tzinfo=UTC), 8)
    assert case_number("230110", day, 42) == "2301102026112500042"
    with pytest.raises(ValueError, match="sequence"):
        case_number("230110", day, 100_000)


@given(st.integers(0, 9_999_999), st.integers(0, 7), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(number: int, place: int, by: int) -> None:
    code = f"{number:07d}"
    code += check_digit(code)
    wrong = code[:place] + str((int(code[place]) + by) % 10) + code[place + 1 :]
    assert is_code(code)
    assert not is_code(wrong)


@given(st.integers(0, 9_999_999), st.integers(0, 6))
def test_two_swapped_neighbours_are_always_found(number: int, place: int) -> None:
    code = f"{number:07d}"
    code += check_digit(code)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert swapped == code or not is_code(swapped)


@given(st.text(max_size=10))
def test_any_text_is_a_code_or_not(text: str) -> None:
    if is_code(text):
        assert len(text) == 8


def test_new_codes_are_codes() -> None:
    assert all(is_code(new_code()) for _ in range(200))
