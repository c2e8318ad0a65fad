"""Who works for a department follows its assignments on the live link, and nothing else of the centre."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from cases.events import (
    AssignmentAction,
    AssignmentChanged,
    AssignmentState,
    AssignmentView,
    ReportsWaiting,
    ResponsibleDepartmentView,
)
from core.actor import Actor, Role
from core.events import MASK, Privacy, mask
from gateway.web.live.audience import Audience
from tests.cases.assignments.people import DISPATCHER, HE, HOST, MA, NOBODYS, SUPERVISOR
from tests.cases.rooms import AGENT

NOW = datetime(2026, 12, 1, tzinfo=UTC)
AUDIENCE = Audience(on_call=lambda _: frozenset(), is_confidential=lambda _: False)


def changed(*, confidential: bool) -> AssignmentChanged:
    one = AssignmentView(
        assignment_id=UUID(int=1), case_id=UUID(int=2), case_number="2301", must_answer=True, rev=2,
        since=NOW,
        department=ResponsibleDepartmentView(id=HOST, name_zh="香坊", name_en="Xiangfang"), part="host",
        state=AssignmentState.RETURNED, updated_at=NOW, last_act=AssignmentAction.RETURN, last_by="ma",
        last_by_name="马", asked_text="王家门前",
    )  # fmt: skip
    return AssignmentChanged(
        confidential=confidential,
        assignment=one,
        act="return",
        actor="ma",
        text="王家门前",
        district="230110",
    )


@pytest.mark.parametrize("confidential", [False, True])
def test_a_department_sees_its_own_without_words_where_confidential(*, confidential: bool) -> None:
    event = changed(confidential=confidential)
    seen = AUDIENCE.sight(MA, event)
    assert seen is not None
    told = mask(event, seen)
    assert told["text"] == (MASK if confidential else "王家门前")
    assert told["assignment"]["state"] == "returned"
    assert [AUDIENCE.sight(who, event) for who in (HE, NOBODYS)] == [None, None]
    assert AUDIENCE.sight(DISPATCHER, event) == AUDIENCE.sight(SUPERVISOR, event) == frozenset(Privacy)
    of_agent = AUDIENCE.sight(AGENT, event)
    assert of_agent is not None
    assert (Privacy.PERSONAL in of_agent) is not confidential


def test_it_sees_nothing_else_and_its_scope_alone_shows_nothing() -> None:
    assert AUDIENCE.sight(MA, ReportsWaiting(waiting=3)) is None
    unit = Actor("u", "u", frozenset({Role.UNIT}), MA.scopes)
    assert AUDIENCE.sight(unit, changed(confidential=False)) is None
