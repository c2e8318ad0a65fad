"""A job over terminal and radio (simulated): steps kept, what fails goes on, what was told is recalled."""

from __future__ import annotations

from typing import get_args

import pytest

from core.actor import Actor, Role
from core.errors import Forbidden, Unavailable
from core.events import Event
from core.ids import uuid7
from field.contract.capabilities import Caps
from field.delivery.centre.log import DeliveryLog
from field.delivery.errors import UnknownDelivery
from field.delivery.service import view
from field.delivery.words import Language, job_text, recall_text
from field.dispatches import store as job_store
from field.dispatches.model import JobContent, job_number
from field.units.model import Unit
from tests.field.conftest import ADMIN, DISPATCHER, UNIT
from tests.field.delivery.conftest import PHONE, RADIO, Field
from tests.field.delivery.radios import SimulatedTextRadio

AGENT = Actor("wang", "Wang", frozenset({Role.AGENT}))


async def test_a_job_by_terminal_keeps_each_step_and_asks_no_other_bearer(field: Field) -> None:
    dispatch_id = await field.job()
    await field.dispatches.offer_due()
    steps: tuple[str, ...] = ("delivered", "displayed", "accepted")
    for step in steps:
        field.clock.advance(2)
        await field.dispatches.report(field.said(dispatch_id, step))
    await field.passes(1_000)
    delivery = await field.delivery(dispatch_id)
    (one,) = delivery.deliveries
    assert (one.bearer, one.address, one.stage.value, delivery.state) == (
        "terminal",
        UNIT,
        "accepted",
        "answered",
    )
    times = [at for at in (one.sent_at, one.delivered_at, one.displayed_at, one.answered_at) if at]
    assert len(times) == 4
    assert times == sorted(set(times))
    assert await field.steps() == [
        ("terminal", "queued"), ("terminal", "sent"), ("terminal", "delivered"), ("terminal", "displayed"),
        ("terminal", "accepted"),
    ]  # fmt: skip
    assert field.radio.sent == []


async def test_a_unit_without_a_session_is_told_by_its_radio_at_once(field: Field) -> None:
    field.driver.reachable = False
    dispatch_id = await field.job()
    await field.dispatches.offer_due()
    await field.passes(0)
    ((address, words, ref),) = field.radio.sent
    assert address == RADIO
    assert words.startswith("任务50042 路面塌陷 民益街")
    assert words.endswith("回复1接受2拒绝")
    await field.watch.delivered(ref)
    assert await field.shown(dispatch_id) == [
        ("job", "terminal", "unreachable"),
        ("job", "text", "delivered"),
    ]


async def test_while_the_broker_is_away_the_job_goes_by_radio_in_time(field: Field) -> None:
    field.driver.away = True
    dispatch_id = await field.job(urgent=True)
    with pytest.raises(Unavailable):
        await field.dispatches.offer_due()
    await field.passes(9)
    assert field.radio.sent == []
    await field.passes(1)
    assert len(field.radio.sent) == 1
    # The broker is back: the terminal has it too, and its answer counts.
    field.driver.away = False
    await field.dispatches.offer_due()
    await field.dispatches.report(field.said(dispatch_id, "accepted"))
    assert (await field.delivery(dispatch_id)).state == "answered"
    await field.passes(1_000)
    assert await field.overdue() == []


async def test_a_network_that_is_away_is_tried_again_and_one_that_refuses_is_passed_over(
    field: Field,
) -> None:
    field.driver.reachable = False
    field.radio.away = True
    dispatch_id = await field.job()
    await field.dispatches.offer_due()
    await field.passes(0)
    await field.passes(1)
    field.radio.away = False
    await field.passes(1)
    assert field.radio.sent == [], "it is left alone for a moment"
    await field.passes(5)
    assert len(field.radio.sent) == 1
    field.radio.refuses = True
    second = await field.job()
    await field.dispatches.offer_due()
    await field.passes(1)
    assert (await field.shown(second))[1] == ("job", "text", "failed")
    await field.passes(0)
    assert (await field.shown(second))[2] == ("job", "call", "queued")
    assert len(await field.shown(dispatch_id)) == 2


async def test_a_text_that_was_doubled_by_a_crash_has_the_same_reference(field: Field) -> None:
    field.driver.reachable = False
    await field.job()
    await field.dispatches.offer_due()
    await field.watch.look()
    field.radio.reachable = False
    await field.watch.send_texts()
    field.radio.reachable = True
    await field.passes(6)
    assert len({ref for _, _, ref in field.radio.sent}) == 1


async def test_when_nothing_helps_the_dispatcher_is_told_and_then_another_unit_is_offered(
    field: Field,
) -> None:
    await field.register.create(Unit("app:18", "道里二组", skills=("sewage",)), ADMIN)
    await field.register.create(Unit("app:19", "道里三组", skills=("sewage",)), ADMIN)
    case_id = uuid7()
    dispatch_id = await field.job(case_id=case_id)
    await field.job("app:18", case_id=case_id)
    for seconds in (60, 60, 100):
        await field.passes(seconds)
    told = [one for one in await field.overdue() if one.dispatch_id == dispatch_id]
    assert [(one.step, one.why, one.urgent) for one in told] == [("told", "no_answer", False)]
    log = DeliveryLog(field.storage)
    assert dispatch_id in [one.dispatch_id for one in await log.overdue(DISPATCHER)]
    await field.passes(90)
    offered = [
        one for one in await field.overdue() if one.step == "next_unit" and one.dispatch_id == dispatch_id
    ]
    ((units),) = [one.units for one in offered]
    assert [one.unit_id for one in units] == ["app:19"], "neither who has it nor who has it too"
    assert "has_skill" in [reason.code for reason in units[0].reasons]
    await field.dispatches.report(field.said(dispatch_id, "accepted"))
    assert dispatch_id not in [one.dispatch_id for one in await log.overdue(DISPATCHER)]


async def test_a_recall_goes_over_the_bearers_by_which_the_job_was_told(field: Field) -> None:
    field.driver.reachable = False
    dispatch_id = await field.job()
    await field.dispatches.offer_due()
    await field.passes(0)
    await field.dispatches.recall(Event(), dispatch_id, UNIT, "重复派单")
    await field.passes(1)
    assert field.radio.words[-1] == "任务50042 已取消，不用去了"
    assert (await field.shown(dispatch_id))[-1] == ("recall", "text", "sent")
    other = await field.job()
    field.driver.reachable = True
    await field.dispatches.offer_due()
    await field.dispatches.recall(Event(), other, UNIT, "重复派单")
    await field.dispatches.offer_due()
    assert await field.shown(other) == [("job", "terminal", "stopped"), ("recall", "terminal", "sent")]
    assert field.driver.recalls == [other]


async def test_what_is_old_and_over_is_deleted(field: Field) -> None:
    dispatch_id = await field.job()
    await field.dispatches.report(field.said(dispatch_id, "done"))
    open_one = await field.job()
    field.clock.advance(2 * 86_400)
    assert await field.watch.forget_old() == 1
    assert [one.bearer for one in (await field.delivery(open_one)).deliveries] == ["terminal"]
    with pytest.raises(UnknownDelivery):
        await DeliveryLog(field.storage).of(DISPATCHER, dispatch_id)


async def test_telephone_numbers_are_not_shown_and_not_everybody_sees_what_is_overdue(field: Field) -> None:
    field.driver.reachable = field.radio.reachable = False
    dispatch_id = await field.job()
    await field.dispatches.offer_due()
    await field.passes(0)
    await field.passes(0)
    delivery = await DeliveryLog(field.storage).of(AGENT, dispatch_id)
    assert delivery.deliveries[-1].address == PHONE
    assert [view(one).address for one in delivery.deliveries] == [UNIT, RADIO, "phone:…0009"]
    with pytest.raises(Forbidden):
        await DeliveryLog(field.storage).overdue(AGENT)


def test_a_driver_without_texts_is_no_bearer_of_them(field: Field) -> None:
    with pytest.raises(ValueError, match="no texts"):
        field.bearers.attach(SimulatedTextRadio("dmr", Caps(frozenset())))
    assert [way.bearer for way in field.bearers.ways(Unit("dmr:1", "x"))] == []


def test_a_text_is_never_longer_than_the_network_takes_and_hides_what_is_confidential() -> None:
    job = JobContent(
        "230102202611250042", "路面塌陷", "民益街" * 40, description="来电人：张三", urgent=True,
        with_units=("二组",),
    )  # fmt: skip
    for language in get_args(Language):
        for most in (40, 70, 140, 400):
            text = job_text(job, language, most)
            assert len(text) <= most
            assert "50042" in text
            assert "张三" not in text
    assert "与二组" not in job_text(job, "zh", 70)
    secret = JobContent("1", "家暴", "某小区3号楼", confidential=True)
    assert "某小区" not in job_text(secret, "zh", 70)
    assert "家暴" not in job_text(secret, "en", 140)
    assert recall_text(None, "en", 70) == "Job  is recalled: do not go"
    assert [job_number(one) for one in ("230102-20261125-0001", "", "x7y")] == ["0001", "", "7"]


async def test_a_terminal_reads_who_else_has_the_job_and_reads_it_again_when_that_changes(
    field: Field,
) -> None:
    await field.register.create(Unit("app:18", "道里二组"), ADMIN)
    dispatch_id = await field.job()
    await field.dispatches.share(dispatch_id, UNIT, ["app:18"])
    assert field.driver.jobs == [], "what was not sent yet is sent with it"
    await field.dispatches.offer_due()
    async with field.storage.read() as connection:
        (job,) = await job_store.open_jobs(connection, UNIT)
    assert job.content is not None
    assert job.content.with_units == ("道里二组",)
    await field.dispatches.share(dispatch_id, UNIT, [])
    assert field.driver.jobs == [dispatch_id] * 2
    assert field.driver.numbers == sorted(set(field.driver.numbers))
    await field.dispatches.share(dispatch_id, "app:18", [])
    await field.dispatches.report(field.said(dispatch_id, "done"))
    await field.dispatches.share(dispatch_id, UNIT, ["app:18"])
    assert field.driver.jobs == [dispatch_id] * 2, "neither another unit's nor what is over"
