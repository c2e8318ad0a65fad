"""Orders to units and their reports: nothing is lost, nothing is applied twice, order does not matter."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cases.events import CREW_STEPS, CrewStep, DispatchStep
from core.errors import Unavailable
from core.events import Event
from core.ids import uuid7
from field.dispatches import store
from field.dispatches.model import DownlinkState, UnitJob, after_recall, after_report
from field.events import DeliveryStage, JobSent, UnitChanged, UnitReported, UnitUnreachable
from tests.field.conftest import ADMIN, UNIT, City, content


async def job_of(city: City, dispatch_id: object) -> UnitJob:
    async with city.storage.read() as connection:
        found = await store.find(connection, dispatch_id)  # type: ignore[arg-type]
    assert found is not None
    return found


async def test_an_order_is_sent_and_the_centre_learns_it(city: City) -> None:
    dispatch_id = await city.order()
    assert await city.dispatches.offer_due() == 1
    assert city.driver.jobs == [dispatch_id]
    assert [type(event) for event in await city.emitted()] == [JobSent]
    assert await city.dispatches.offer_due() == 0


async def test_the_same_order_twice_is_one_job(city: City) -> None:
    event, dispatch_id = Event(), uuid7()
    for _ in range(2):
        await city.dispatches.queue(event, dispatch_id, UNIT, content())
    await city.dispatches.queue(Event(), dispatch_id, UNIT, content())
    await city.dispatches.offer_due()
    assert city.driver.jobs == [dispatch_id]


async def test_an_order_for_nobody_is_told_back(city: City) -> None:
    await city.order("app:999")
    (told,) = await city.emitted()
    assert isinstance(told, UnitUnreachable)
    assert told.why == "unknown_unit"


async def test_while_the_broker_is_away_the_job_waits_and_nothing_is_told(city: City) -> None:
    dispatch_id = await city.order()
    city.driver.away = True
    with pytest.raises(Unavailable):
        await city.dispatches.offer_due()
    assert await city.emitted() == []
    city.driver.away = False
    await city.dispatches.offer_due()
    assert city.driver.jobs == [dispatch_id]


async def test_a_unit_without_a_session_is_told_once_and_gets_the_job_when_it_comes(city: City) -> None:
    city.driver.reachable = False
    dispatch_id = await city.order()
    await city.dispatches.offer_due()
    assert (await job_of(city, dispatch_id)).state == DownlinkState.UNREACHABLE
    await city.dispatches.presence(UNIT, online=True)
    await city.dispatches.offer_due()
    assert [type(event) for event in await city.emitted()] == [UnitUnreachable]
    city.driver.reachable = True
    await city.dispatches.hello(UNIT, last_seq=0)
    assert city.driver.lists == [[dispatch_id]]
    assert await city.dispatches.offer_due() == 1
    assert [type(event) for event in await city.emitted()] == [UnitUnreachable, JobSent]


async def test_jobs_of_one_unit_keep_their_order_behind_one_that_did_not_reach_it(city: City) -> None:
    city.driver.reachable = False
    first, second = await city.order(), await city.order()
    await city.dispatches.offer_due()
    assert city.driver.jobs == [first]
    assert (await job_of(city, second)).state == DownlinkState.UNREACHABLE


async def test_every_attempt_to_send_a_job_has_the_same_number_and_id(city: City) -> None:
    dispatch_id = await city.order()
    before = await job_of(city, dispatch_id)
    city.driver.reachable = False
    await city.dispatches.offer_due()
    after = await job_of(city, dispatch_id)
    assert (after.seq, after.msg_id) == (before.seq, before.msg_id)


async def test_a_report_is_applied_once_and_receipted_each_time(city: City) -> None:
    dispatch_id = await city.order()
    await city.dispatches.offer_due()
    report = city.said(dispatch_id, "accepted")
    for _ in range(3):
        await city.dispatches.report(report)
    reports = [event for event in await city.emitted() if isinstance(event, UnitReported)]
    assert [(event.step, event.msg_id) for event in reports] == [("accepted", report.msg_id)]
    assert city.driver.receipts == [report.msg_id] * 3


async def test_a_report_is_kept_when_its_receipt_cannot_be_sent(city: City) -> None:
    dispatch_id = await city.order()
    report = city.said(dispatch_id, "delivered")
    city.driver.away = True
    with pytest.raises(Unavailable):
        await city.dispatches.report(report)
    city.driver.away = False
    await city.dispatches.report(report)
    assert len([event for event in await city.emitted() if isinstance(event, UnitReported)]) == 1
    assert city.driver.receipts == [report.msg_id]


async def test_a_unit_cannot_speak_about_another_units_job(city: City) -> None:
    from field.units.model import Unit

    await city.register.create(Unit("app:18", "道里二组"), ADMIN)
    dispatch_id = await city.order()
    foreign = city.said(dispatch_id, "done", unit_id="app:18")
    await city.dispatches.report(foreign)
    assert await city.emitted() == []
    assert (await job_of(city, dispatch_id)).state == DownlinkState.QUEUED
    # It is receipted all the same, or its terminal would repeat it for ever.
    assert city.driver.receipts == [foreign.msg_id]


async def test_an_unknown_unit_is_not_heard(city: City) -> None:
    dispatch_id = await city.order()
    await city.dispatches.report(city.said(dispatch_id, "done", unit_id="app:404"))
    await city.dispatches.hello("app:404", 0)
    await city.dispatches.presence("app:404", online=True)
    assert city.driver.receipts == []
    assert city.bus.published == []


async def test_a_recall_reaches_the_unit_and_the_job_is_no_longer_open(city: City) -> None:
    dispatch_id = await city.order()
    await city.dispatches.offer_due()
    await city.dispatches.recall(Event(), dispatch_id, UNIT, "重复派单")
    await city.dispatches.offer_due()
    assert city.driver.recalls == [dispatch_id]
    await city.dispatches.hello(UNIT, 0)
    assert city.driver.lists == [[]]


async def test_a_recall_that_overtakes_its_order_wins(city: City) -> None:
    dispatch_id = uuid7()
    await city.dispatches.recall(Event(), dispatch_id, UNIT, "x")
    await city.dispatches.queue(Event(), dispatch_id, UNIT, content())
    await city.dispatches.offer_due()
    assert city.driver.jobs == []


async def test_a_job_recalled_before_it_was_sent_is_never_sent(city: City) -> None:
    dispatch_id = await city.order()
    await city.dispatches.recall(Event(), dispatch_id, UNIT, "x")
    await city.dispatches.offer_due()
    assert (city.driver.jobs, city.driver.recalls) == ([], [])


async def test_numbers_to_a_unit_rise_by_one(city: City) -> None:
    first = await city.order()
    await city.dispatches.offer_due()
    await city.dispatches.report(city.said(first, "delivered"))
    await city.dispatches.hello(UNIT, 1)
    await city.order()
    await city.dispatches.offer_due()
    assert city.driver.numbers == [1, 2, 3, 4]


async def test_the_desk_sees_presence_and_the_step_of_the_open_job(city: City) -> None:
    dispatch_id = await city.order()
    await city.dispatches.presence(UNIT, online=True)
    said: tuple[str, ...] = ("delivered", "accepted", "on_the_way", "done")
    for step in said:
        await city.dispatches.report(city.said(dispatch_id, step))
    await city.dispatches.presence(UNIT, online=False)
    seen = [(event.online, event.status) for event in city.bus.published if isinstance(event, UnitChanged)]
    assert seen == [
        (True, "free"), (True, "free"), (True, "accepted"), (True, "on_the_way"), (True, "free"),
        (False, "free"),
    ]  # fmt: skip
    (unit,) = await city.register.units()
    assert not unit.online
    assert unit.last_heard is not None


async def test_reports_in_any_order_end_in_the_same_state(city: City) -> None:
    said: tuple[str, ...] = ("delivered", "accepted", "arrived", "done")
    for order in itertools.islice(itertools.permutations(said), 0, 24, 5):
        dispatch_id = await city.order()
        for step in order:
            await city.dispatches.report(city.said(dispatch_id, step))
        job = await job_of(city, dispatch_id)
        assert (job.state, job.last_step) == (DownlinkState.CLOSED, "done")
    reports = [event for event in await city.emitted() if isinstance(event, UnitReported)]
    assert len(reports) == 4 * 5


STEPS = st.lists(st.sampled_from(sorted(CREW_STEPS)), max_size=12)


@given(STEPS, st.integers(min_value=0, max_value=12))
def test_a_job_never_goes_back(steps: list[CrewStep], recall_at: int) -> None:
    from datetime import UTC, datetime

    job = UnitJob(uuid7(), UNIT, DownlinkState.SENT, content(), 1, uuid7(), datetime(2026, 1, 1, tzinfo=UTC))
    rank = {state: number for number, state in enumerate(["sent", "open", "closed", "recalling"])}
    for number, step in enumerate(steps):
        if number == recall_at:
            recalled = after_recall(job, "x")
            assert recalled.state == ("closed" if job.state == DownlinkState.CLOSED else "recalling")
            job = recalled
        after = after_report(job, step)
        assert rank[after.state] >= rank[job.state]
        assert after_report(after, step) == after
        job = after


@pytest.mark.parametrize("step", ["queued", "recalled", "dancing", ""])
def test_a_unit_cannot_report_what_is_not_its_to_say(step: str) -> None:
    with pytest.raises(ValidationError, match="step"):
        UnitReported.model_validate({**REPORTED, "step": step})
    assert UnitReported.model_validate({**REPORTED, "step": "accepted"}).step is DispatchStep.ACCEPTED


REPORTED = {
    "unit_id": UNIT, "dispatch_id": str(uuid7()), "reported_at": "2026-11-25T08:00:00Z", "seq": 1,
    "msg_id": str(uuid7()),
}  # fmt: skip


@given(st.sampled_from(DeliveryStage))
def test_a_delivery_that_is_over_ranks_behind_each_that_is_not(stage: DeliveryStage) -> None:
    ended = {"accepted", "declined", "failed", "stopped", "done"}
    assert stage.over == (stage in ended)
    assert all(stage.rank < other.rank for other in DeliveryStage if other.over and not stage.over)
