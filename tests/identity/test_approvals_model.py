"""The state machine of a request for a second person, under any sequence of steps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.approvals import model
from identity.approvals.model import (
    LONGEST_RUN,
    STARTED,
    AlarmKind,
    ApprovalRequest,
    ApprovalState,
    ApprovalVerdict,
)
from identity.errors import NotOpen, OwnRequest

BEGAN = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
WITHIN = timedelta(hours=72)
PERSONS = [["cli:chen", "chen.jing"]]
ASKED_BY = "chen.jing"
OTHERS = ("li.na", "wang.fang")
ACCOUNTS = (ASKED_BY, "cli:chen", *OTHERS)
FINAL = {
    ApprovalState.OBJECTED,
    ApprovalState.WITHDRAWN,
    ApprovalState.EXPIRED,
    ApprovalState.DONE,
    ApprovalState.FAILED,
}

steps = st.lists(
    st.tuples(
        st.sampled_from(("approve", "object", "withdraw", "start", "finish", "fail", "look", "see")),
        st.sampled_from(ACCOUNTS),
        st.integers(min_value=0, max_value=48),
    ),
    max_size=20,
)


def asked(*, alone: bool = False) -> ApprovalRequest:
    until = BEGAN + WITHIN
    return ApprovalRequest(
        17, UUID(int=1), "erase-call", {"call": "1"}, "asked", alone, False, ASKED_BY, BEGAN, until
    )


def step(request: ApprovalRequest, what: str, by: str, now: datetime) -> ApprovalRequest:  # noqa: PLR0911  # a step each
    match what:
        case "approve":
            return model.approve(request, by, now, PERSONS)
        case "object":
            return model.object_to(request, by, now, "why", PERSONS)
        case "withdraw":
            return model.withdraw(request, by)
        case "start":
            return model.start(request, now)
        case "finish" | "fail":
            return model.finish(request, now, "3", failed=what == "fail")
        case "see":
            return model.see(request, by, PERSONS)
        case _:
            return model.look(request, now)


@given(st.booleans(), steps)
def test_whatever_is_done_an_act_runs_once_and_only_with_a_second_person_or_alone_with_an_alarm(
    alone: bool, taken: list[tuple[str, str, int]]
) -> None:
    request, now, starts = asked(alone=alone), BEGAN, 0
    for what, by, hours in taken:
        now += timedelta(hours=hours)
        before = request
        try:
            request = step(request, what, by, now)
        except (NotOpen, OwnRequest):
            assert request is before
            continue
        if what == "start":
            starts += 1
            assert now < before.until
            assert before.verdict is ApprovalVerdict.APPROVED or alone
        if before.state in FINAL:
            assert request.state is before.state
        if before.state in STARTED:
            assert request.state in STARTED
        assert (request.act, request.parameters, request.asked_by) == (
            before.act, before.parameters, before.asked_by,
        )  # fmt: skip
        assert request.shown(now, WITHIN)["number"] == 17
    assert starts <= 1
    assert (starts == 1) == (request.started_at is not None)
    assert not request.decided_by or request.decided_by in OTHERS
    assert not request.seen_by or request.seen_by in OTHERS
    if request.is_alone and request.verdict is ApprovalVerdict.NONE:
        assert request.alarm(now, WITHIN) in {AlarmKind.ALONE, AlarmKind.OVERDUE}
    if request.verdict is ApprovalVerdict.OBJECTED:
        assert (request.alarm(now, WITHIN) is AlarmKind.OBJECTED) == (request.seen_by == "")
    assert not (request.is_alone and not alone)


def test_approved_it_starts_once_until_it_expires() -> None:
    request = model.approve(asked(), "li.na", BEGAN)
    with pytest.raises(NotOpen):
        model.start(request, BEGAN + WITHIN)
    assert model.look(request, BEGAN + WITHIN).state is ApprovalState.EXPIRED
    running = model.start(request, BEGAN)
    with pytest.raises(NotOpen):
        model.start(running, BEGAN)
    assert running.alarm(BEGAN + 2 * WITHIN, WITHIN) is None
    assert model.look(running, BEGAN + LONGEST_RUN).outcome == model.INTERRUPTED
    with pytest.raises(NotOpen):
        model.start(model.object_to(request, "wang.fang", BEGAN, "no"), BEGAN)


def test_who_is_alone_alarms_until_somebody_has_decided_and_an_objection_until_it_is_taken_over() -> None:
    done = model.finish(model.start(asked(alone=True), BEGAN), BEGAN, "3")
    assert done.alarm(BEGAN, WITHIN) is AlarmKind.ALONE
    assert done.alarm(BEGAN + WITHIN, WITHIN) is AlarmKind.OVERDUE
    assert model.approve(done, "li.na", BEGAN + 9 * WITHIN).alarm(BEGAN, WITHIN) is None
    objected = model.object_to(done, "li.na", BEGAN, "not asked for")
    assert (objected.state, objected.alarm(BEGAN, WITHIN)) == (ApprovalState.DONE, AlarmKind.OBJECTED)
    with pytest.raises(OwnRequest):
        model.see(objected, ASKED_BY)
    assert model.see(objected, "wang.fang").alarm(BEGAN, WITHIN) is None
