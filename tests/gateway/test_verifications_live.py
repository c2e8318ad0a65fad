"""Verification tasks on the live link: of the viewer's districts, and to nobody with the words."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from cases.events import VerificationChanged, VerificationState
from core.actor import Actor, Role
from core.events import MASK, mask
from core.scopes import Scopes
from gateway.web.live.audience import Audience
from gateway.wiring.scope_filter import within
from tests.cases.assignments.people import DISPATCHER, MA, SUPERVISOR

AUDIENCE = Audience(on_call=lambda _: frozenset(), is_confidential=lambda _: False)
TASK = VerificationChanged(
    task_id=UUID(int=1), case_id=UUID(int=2), unit_id="app:21", state=VerificationState.RECALLED,
    due_at=datetime(2026, 12, 1, tzinfo=UTC), reason="王先生说不用", district="230110", people=["wang"],
)  # fmt: skip


def test_nobody_is_told_the_words_live() -> None:
    assert AUDIENCE.sight(MA, TASK) is None
    for viewer in (DISPATCHER, SUPERVISOR):
        sight = AUDIENCE.sight(viewer, TASK)
        assert sight is not None
        told = mask(TASK, sight)
        assert (told["reason"], told["state"]) == (MASK, "recalled")


def test_who_is_limited_to_other_districts_is_not_told() -> None:
    def who(name: str, district: str) -> Actor:
        return Actor(name, name, frozenset({Role.DISPATCHER}), Scopes(districts=frozenset({district})))

    assert within(who("li", "230110"), TASK)
    assert not within(who("li", "230102"), TASK)
    assert within(who("wang", "230102"), TASK)
