"""The chain of a dispatch, pure: which bearer follows when, and what no order of signals can do to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cases.events import CREW_STEPS, CrewStep, DispatchStep
from field.delivery.model import (
    DeliveryAttempt,
    DeliveryLimits,
    DispatchDelivery,
    EscalationRules,
    Route,
)
from field.delivery.reduce import (
    Carried,
    DeliveryTick,
    Effect,
    OfferNext,
    Recalled,
    Signal,
    StepReported,
    TellDispatcher,
    UnitReached,
    apply,
    begin,
    due_at,
    opened,
)
from field.delivery.settings import EscalationSettings, LimitSettings
from field.events import DeliveryStage

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
DISPATCH = UUID(int=7)
TERMINAL, TEXT, CALL = (
    Route("terminal", "app:17"), Route("text", "tetra:2621017", "delivered"),
    Route("call", "phone:13904510009"),
)  # fmt: skip
RULES = EscalationRules(
    normal=DeliveryLimits(60, 120, 300, 90), urgent=DeliveryLimits(10, 20, 40, 15), call_s=100
)


class Scene:
    """A chain, a clock, and what was told."""

    def __init__(self, *routes: Route, urgent: bool = False, rules: EscalationRules = RULES) -> None:
        self.at, self.rules = NOW, rules
        self.delivery = opened(DISPATCH, "app:17", routes, rules, urgent=urgent, at=NOW)
        self.told: list[Effect] = []

    def take(self, signal: Signal) -> None:
        self.delivery, effects = apply(self.delivery, signal, self.rules, self.at)
        self.told += effects

    def after(self, seconds: float) -> None:
        self.at = NOW + timedelta(seconds=seconds)
        self.take(DeliveryTick())

    @property
    def last(self) -> DeliveryAttempt:
        return self.delivery.deliveries[-1]

    @property
    def tried(self) -> list[str]:
        return [one.bearer for one in self.delivery.jobs]


def test_each_step_is_kept_with_its_time() -> None:
    scene = Scene(TERMINAL, TEXT, CALL)
    scene.take(Carried(scene.last.delivery_id, "sent"))
    for seconds, step in ((1, "delivered"), (5, "displayed"), (20, "accepted")):
        scene.at = NOW + timedelta(seconds=seconds)
        scene.take(StepReported("terminal", cast("CrewStep", DispatchStep(step))))
    one = scene.last
    times = (one.queued_at, one.sent_at, one.delivered_at, one.displayed_at, one.answered_at)
    assert [(at - NOW).total_seconds() for at in times if at] == [0, 0, 1, 5, 20]
    assert (one.stage, scene.delivery.state) == (DeliveryStage.ACCEPTED, "answered")
    scene.after(10_000)
    assert (scene.tried, scene.told) == (["terminal"], [])


@pytest.mark.parametrize(
    ("steps", "limit", "why"),
    [((), 60, "not_sent"), (("sent",), 60, "not_delivered"), (("sent", "delivered"), 120, "not_displayed"),
     (("sent", "delivered", "displayed"), 300, "no_answer")],
)  # fmt: skip
def test_what_is_missing_in_time_brings_the_next_bearer(
    steps: tuple[str, ...], limit: float, why: str
) -> None:
    scene = Scene(TERMINAL, TEXT)
    for step in steps:
        if step == "sent":
            scene.take(Carried(scene.last.delivery_id, "sent"))
        else:
            scene.take(StepReported("terminal", cast("CrewStep", DispatchStep(step))))
    scene.after(limit - 1)
    assert scene.tried == ["terminal"]
    scene.after(limit)
    assert scene.tried == ["terminal", "text"]
    alone = Scene(TERMINAL)
    alone.delivery = replace(alone.delivery, deliveries=scene.delivery.deliveries[:1])
    alone.after(limit)
    assert alone.told == [TellDispatcher(why)]  # type: ignore[arg-type]


def test_after_the_last_bearer_the_dispatcher_is_told_once_and_then_the_next_unit_is_offered_once() -> None:
    scene = Scene(TERMINAL, TEXT, CALL)
    scene.after(60)
    scene.after(120)
    assert scene.tried == ["terminal", "text", "call"]
    scene.take(Carried(scene.last.delivery_id, "failed", "no_key"))
    scene.after(121)
    assert scene.told == [TellDispatcher("failed")]
    scene.after(210)
    assert scene.told == [TellDispatcher("failed")]
    scene.after(211)
    scene.after(9_999)
    assert scene.told == [TellDispatcher("failed"), OfferNext("failed")]


def test_an_urgent_case_goes_on_sooner() -> None:
    scene = Scene(TERMINAL, TEXT, urgent=True)
    scene.after(10)
    assert scene.tried == ["terminal", "text"]


def test_a_unit_without_a_session_is_tried_by_the_next_bearer_at_once() -> None:
    scene = Scene(TERMINAL, TEXT, CALL)
    scene.take(Carried(scene.last.delivery_id, "unreachable"))
    scene.after(0)
    assert scene.tried == ["terminal", "text"]


def test_a_unit_that_nothing_reaches_is_told_to_the_dispatcher_at_once() -> None:
    scene = Scene()
    scene.after(0)
    assert scene.told == [TellDispatcher("no_bearer")]


def test_a_bearer_that_reports_nothing_is_given_the_time_for_an_answer() -> None:
    scene = Scene(replace(TEXT, reports="sent"))
    scene.take(Carried(scene.last.delivery_id, "sent"))
    scene.after(299)
    assert scene.told == []
    scene.after(300)
    assert scene.told == [TellDispatcher("no_answer")]


def test_an_answer_by_one_bearer_ends_the_telephone_call_and_it_counts_though_it_was_passed_over() -> None:
    scene = Scene(TERMINAL, CALL)
    scene.after(60)
    assert scene.last.bearer == "call"
    scene.take(StepReported("terminal", DispatchStep.ACCEPTED))
    assert (scene.last.stage, scene.last.why) == (DeliveryStage.STOPPED, "answered")
    assert scene.delivery.state == "answered"


def test_what_is_at_the_unit_does_not_become_unreachable_and_what_failed_ended_when_it_failed() -> None:
    scene = Scene(TERMINAL)
    scene.take(UnitReached(scene.last.delivery_id, "delivered"))
    scene.take(Carried(scene.last.delivery_id, "unreachable"))
    assert scene.last.stage is DeliveryStage.DELIVERED
    scene.take(Carried(scene.last.delivery_id, "failed", "x"))
    scene.at = NOW + timedelta(seconds=5)
    scene.take(StepReported("terminal", DispatchStep.ACCEPTED))
    assert (scene.last.stage, scene.last.ended_at) == (DeliveryStage.ACCEPTED, NOW)
    assert scene.last.answered_at == scene.at


def test_who_declines_ends_the_chain_and_the_next_unit_is_offered_at_once() -> None:
    scene = Scene(TERMINAL, TEXT)
    scene.take(StepReported("terminal", DispatchStep.DECLINED))
    assert scene.told == [TellDispatcher("declined"), OfferNext("declined")]
    scene.after(9_999)
    assert scene.tried == ["terminal"]


def test_a_recall_goes_over_every_bearer_by_which_the_job_was_told_and_no_other() -> None:
    scene = Scene(TERMINAL, TEXT, CALL)
    scene.take(Carried(scene.last.delivery_id, "unreachable"))
    scene.after(0)
    scene.take(Carried(scene.last.delivery_id, "sent"))
    scene.after(60)
    scene.take(UnitReached(scene.last.delivery_id, "delivered"))
    scene.take(Recalled())
    recalls = [(one.bearer, one.address) for one in scene.delivery.deliveries if one.purpose == "recall"]
    # The terminal was not there, and a telephone that only rang has told nothing.
    assert recalls == [("text", "tetra:2621017")]
    assert [one.stage for one in scene.delivery.jobs] == [DeliveryStage.STOPPED] * 3
    scene.take(Recalled())
    assert len(scene.delivery.deliveries) == 4


SIGNALS: st.SearchStrategy[Any] = st.one_of(
    st.builds(
        Carried, st.integers(1, 6).map(lambda n: n), st.sampled_from(["sent", "unreachable", "failed"])
    ),
    st.builds(UnitReached, st.integers(1, 6), st.sampled_from(["delivered", "displayed"])),
    st.builds(
        StepReported, st.sampled_from(["terminal", "text", "call"]), st.sampled_from(sorted(CREW_STEPS))
    ),
    st.just(Recalled()),
    st.floats(0, 400).map(lambda seconds: ("wait", seconds)),
)
ROUTES = st.lists(st.sampled_from([TERMINAL, TEXT, CALL]), unique=True, max_size=3)


@given(ROUTES, st.booleans(), st.integers(1, 3), st.lists(SIGNALS, max_size=25))
def test_whatever_comes_in_whatever_order(
    routes: list[Route], urgent: bool, calls: int, signals: list[Any]
) -> None:
    scene = Scene(*routes, urgent=urgent, rules=replace(RULES, calls=calls))
    seconds = 0.0
    for signal in signals:
        before, told = scene.delivery, len(scene.told)
        if isinstance(signal, tuple):
            seconds += signal[1]
            due = due_at(scene.delivery, scene.rules)
            scene.after(seconds)
            if due is None or due > scene.at:
                assert (scene.delivery, len(scene.told)) == (before, told), (
                    "a look before its time does nothing"
                )
        else:
            scene.take(_aimed(signal, scene.delivery))
        _never_back(before, scene.delivery)
    assert scene.told.count(OfferNext("no_answer")) <= 1
    assert len([one for one in scene.told if isinstance(one, TellDispatcher)]) <= 2
    assert len([one for one in scene.delivery.jobs if one.bearer == "call"]) <= calls
    # In the end somebody has answered, it was taken back, or the dispatcher knows.
    for _ in range(12):
        seconds += 1_000
        scene.after(seconds)
    assert scene.delivery.state != "open" or scene.delivery.offered_at is not None
    assert due_at(scene.delivery, scene.rules) is None
    live = [one for one in scene.delivery.jobs if one.bearer == "call" and not one.over]
    assert scene.delivery.state == "open" or not live, "no telephone rings for what is answered"


def _aimed(signal: Any, delivery: DispatchDelivery) -> Signal:
    """Numbers become the ids of deliveries, or one that there is not."""
    if not isinstance(signal, Carried | UnitReached):
        return signal  # type: ignore[no-any-return]
    number = int(signal.delivery_id)
    known = [one.delivery_id for one in delivery.deliveries if one.number == number]
    return replace(signal, delivery_id=known[0] if known else UUID(int=number))


def _never_back(before: DispatchDelivery, after: DispatchDelivery) -> None:
    for old, new in zip(before.deliveries, after.deliveries, strict=False):
        assert new.number == old.number
        for name in ("sent_at", "delivered_at", "displayed_at", "answered_at", "ended_at"):
            assert getattr(old, name) is None or getattr(new, name) == getattr(old, name), "a time stays"
        if old.over:
            assert old.stage in {new.stage, DeliveryStage.FAILED}
        else:
            assert new.over or new.stage.rank >= old.stage.rank
    if before.state in {"recalled", "ended"}:
        assert after.state == before.state


def test_a_chain_never_grows_without_end() -> None:
    scene = Scene(TERMINAL)
    for _ in range(100):
        scene.delivery = begin(scene.delivery, CALL, "talk", NOW)
    assert len(scene.delivery.deliveries) == 60


def test_settings_that_make_no_sense_are_refused() -> None:
    ok = EscalationSettings()
    assert ok.rules().urgent.answered_s < ok.rules().normal.answered_s
    assert EscalationSettings(bearers=("call", "terminal")).rules().plan((TERMINAL, CALL, TEXT)) == (
        CALL, TERMINAL,
    )  # fmt: skip
    quick = LimitSettings(delivered_s=5, displayed_s=10, answered_s=20, next_unit_s=0)
    with pytest.raises(ValidationError, match="longer than normal"):
        EscalationSettings(normal=quick)
    with pytest.raises(ValidationError, match="at most once"):
        EscalationSettings(bearers=("call", "call"))
    with pytest.raises(ValidationError, match="must rise"):
        LimitSettings(delivered_s=20, displayed_s=10, answered_s=20, next_unit_s=0)
