"""Forms reach a department's own system: each act of the centre, in order, once, whatever is down."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest

from cases.assignments.halting import MERGE, UNMERGE
from cases.deadlines.model import DeadlineFact
from cases.events import AssignmentAction, AssignmentChanged, DispatchStep
from cases.exchange import store
from cases.exchange.errors import DeliveryUnderWay, NoSuchDelivery, ReceivesNoForms
from cases.exchange.model import DeliveryState, FormReceiver, FormReceivers, ReceiptWay, form_of
from core.clock import ManualClock
from core.errors import Forbidden
from core.ids import uuid7
from core.storage import Storage
from tests.cases.assignments.people import ADMIN, DISPATCHER, HOST, MA, SUPERVISOR
from tests.cases.exchange.world import exchange_world

SCHEMA = json.loads((Path(__file__).parents[3] / "docs/schemas/exchange.json").read_text(encoding="utf-8"))


async def test_each_act_of_the_centre_reaches_the_department_in_its_form(any_storage: Storage) -> None:
    async with exchange_world(any_storage) as world:
        case = await world.office.filed()
        await world.office.act(DISPATCHER, case, "remind")
        await world.office.act(MA, case, "sign")
        await world.office.act(MA, case, "ask_extension", "雪大", hours=8.0)
        await world.office.act(DISPATCHER, case, "approve")
        await world.office.act(MA, case, "answer", "已清运")
        await world.office.act(SUPERVISOR, case, "rework", "还有残留")
        await world.deliver()
        told = list(world.system.kept.values())
        assert [(one["form"], one["act"]) for one in told] == [
            ("task_assignment", "dispatch"), ("task_assignment", "remind"),
            ("task_assignment", "approve"), ("result_check", "rework"),
        ]  # fmt: skip
        for one in told:
            jsonschema.validate(one, SCHEMA, format_checker=jsonschema.FormatChecker())
        last = told[-1]
        assert last["text"] == "还有残留"
        assert last["task"]["case_number"] == case.number
        assert "answer" in last["task"]["acts"] or "sign" in last["task"]["acts"]
        assert last["problem"]["address"] == "公滨路5号"
        assert "13945671234" not in json.dumps(told)
        assert world.system.came == 4
        assert world.system.refused == 0


async def test_forms_that_ended_long_ago_are_forgotten_and_one_that_waits_is_not(
    any_storage: Storage,
) -> None:
    async with exchange_world(any_storage) as world:
        case = await world.office.filed()
        await world.office.act(DISPATCHER, case, "remind")
        await world.deliver()
        exchange = world.on.room.exchange
        assert await exchange.forget_old() == 0
        async with any_storage.write() as transaction:
            (last, _) = await store.of_case(transaction.connection, case.case_id)
            waits = DeliveryState.WAITING.value
            await store.change(transaction.connection, last.delivery_id, state=waits, ended_at=None)
        any_storage.clock = ManualClock(any_storage.clock.now() + timedelta(days=1200))
        assert await exchange.forget_old() == 1
        assert await exchange.forget_old() == 0
        async with any_storage.read() as connection:
            (left,) = await store.of_case(connection, case.case_id)
        assert (left.delivery_id, left.state) == (last.delivery_id, DeliveryState.WAITING)


async def test_a_confidential_case_is_told_without_words(any_storage: Storage) -> None:
    async with exchange_world(any_storage) as world:
        case = await world.office.filed(confidential=True)
        await world.office.act(SUPERVISOR, case, "supervise", "举报人说的话")
        await world.deliver()
        told = list(world.system.kept.values())
        assert world.acts == ["dispatch", "supervise"]
        assert "垃圾没人清" not in json.dumps(told, ensure_ascii=False)
        assert "举报人" not in json.dumps(told, ensure_ascii=False)
        assert told[0]["problem"]["description"] is None


async def test_a_system_that_is_down_gets_all_in_order_when_it_is_back(any_storage: Storage) -> None:
    async with exchange_world(any_storage) as world:
        await world.system.stop()
        case = await world.office.filed()
        other = await world.office.filed()
        await world.deliver()
        await world.office.act(DISPATCHER, case, "remind")
        await world.deliver()
        found = await world.deliveries()
        assert {one.state for one in found} == {DeliveryState.WAITING}
        tried = [one for one in found if one.attempts]
        assert 1 <= len(tried) <= 2  # who could not be reached is not asked by every form
        assert tried[-1].error
        assert tried[-1].next_at == world.clock.now() + timedelta(seconds=5)
        await world.system.start()
        for _ in range(4):
            await world.send(10.0)
        of_case = [one for one in world.system.kept.values() if one["task"]["case_number"] == case.number]
        assert [one["act"] for one in of_case] == ["dispatch", "remind"]
        assert len(world.system.kept) == 3
        assert {one.state for one in await world.deliveries()} == {DeliveryState.DELIVERED}
        assert other.number in {one["task"]["case_number"] for one in world.system.kept.values()}


async def test_a_form_dies_after_its_life_and_leaves_again_by_hand_under_the_same_id(
    any_storage: Storage,
) -> None:
    async with exchange_world(any_storage) as world:
        world.system.answer = 500
        case = await world.office.filed()
        await world.deliver()
        waits = (await world.deliveries())[0]
        assert (waits.state, waits.error) == (DeliveryState.WAITING, "http-500")
        for _ in range(200):
            await world.send(3600.0)
            if await world.deliveries(DeliveryState.DEAD):
                break
        (dead,) = await world.deliveries(DeliveryState.DEAD)
        assert timedelta(hours=71) <= world.clock.now() - dead.created_at < timedelta(hours=72)
        assert world.system.came == dead.attempts > 70
        world.system.answer = 204
        exchange = world.on.room.exchange
        for who in (DISPATCHER, MA):
            with pytest.raises(Forbidden):
                await exchange.send_again(who, dead.delivery_id, uuid7())
        with pytest.raises(NoSuchDelivery):
            await exchange.send_again(ADMIN, uuid7(), uuid7())
        op_id = uuid7()
        for _ in range(2):
            again = await exchange.send_again(ADMIN, dead.delivery_id, op_id)
            assert again.state is DeliveryState.WAITING
        await world.send()
        assert list(world.system.kept) == [str(dead.delivery_id)]
        assert (await exchange.of_case(DISPATCHER, case.case_id))[0].state is DeliveryState.DELIVERED
        assert [act[1] for act in world.on.audited.acts if act[0] == ADMIN.id] == ["exchange-again"]


async def test_a_receiver_that_is_gone_ends_it_at_once_and_a_redirect_is_not_followed(
    any_storage: Storage,
) -> None:
    async with exchange_world(any_storage) as world:
        world.system.answer = 410
        await world.office.filed()
        await world.deliver()
        (dead,) = await world.deliveries()
        assert (dead.state, dead.attempts) == (DeliveryState.DEAD, 1)
        world.system.answer, world.system.location = 307, world.system.url
        await world.office.filed()
        await world.deliver()
        found = await world.deliveries()
        assert (found[0].state, found[0].error) == (DeliveryState.WAITING, "http-307")
        assert world.system.came == 2


async def test_a_kill_after_the_receiver_took_it_sends_it_again_under_the_same_id(
    any_storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with exchange_world(any_storage) as world:
        await world.office.filed()
        await world.hear()

        class Killed(BaseException):
            pass

        async def killed(*_: object, **__: object) -> None:
            raise Killed

        with monkeypatch.context() as patched:
            patched.setattr("cases.exchange.store.change", killed)
            with pytest.raises(Killed):
                await world.send()
        assert (await world.deliveries())[0].state is DeliveryState.WAITING
        receiver = world.on.room.exchange.receivers.of(HOST)
        assert receiver is not None
        world.begin()
        await world.send()  # the settings are not read yet
        assert (await world.deliveries())[0].state is DeliveryState.WAITING
        world.receives(receiver)
        await world.send(2.0)
        assert world.system.came == 2
        assert len(world.system.kept) == 1
        assert (await world.deliveries())[0].state is DeliveryState.DELIVERED


async def test_a_kill_between_the_act_and_its_form_loses_nothing_and_a_copy_adds_nothing(
    any_storage: Storage,
) -> None:
    async with exchange_world(any_storage) as world:
        receiver = world.on.room.exchange.receivers.of(HOST)
        assert receiver is not None
        await world.office.filed()
        world.begin()
        world.receives(receiver)
        await world.deliver()
        assert world.acts == ["dispatch"]
        for event in await world.on.emitted():
            if isinstance(event, AssignmentChanged):
                await world.on.bus.deliver(event)
        await world.send()
        assert world.system.came == 1
        assert len(await world.deliveries()) == 1


async def test_who_works_at_the_desk_again_is_sent_nothing_more(any_storage: Storage) -> None:
    async with exchange_world(any_storage) as world:
        world.system.answer = 503
        case = await world.office.filed()
        await world.deliver()
        world.receives(FormReceiver(department_id=HOST))
        await world.office.act(DISPATCHER, case, "remind")
        await world.hear()
        await world.send(60.0)
        (dead,) = await world.deliveries()
        assert (dead.state, dead.error) == (DeliveryState.DEAD, "at-desk")
        with pytest.raises(ReceivesNoForms):
            await world.on.room.exchange.send_again(ADMIN, dead.delivery_id, uuid7())


async def test_both_secrets_count_while_a_receiver_changes_over(any_storage: Storage) -> None:
    async with exchange_world(any_storage) as world:
        former = world.system.secret
        for number, expected in ((2, 1), (3, 1)):
            world.receives(
                FormReceiver(
                    department_id=HOST, way=ReceiptWay.WEBHOOK, url=world.system.url, key_number=number
                )
            )
            assert world.system.secret != former
            world.system.secret = former
            await world.office.filed()
            await world.deliver()
            assert len(world.system.kept) == expected
        assert world.system.refused == 1


async def test_a_form_that_waits_for_its_time_leaves_at_once_by_hand(any_storage: Storage) -> None:
    async with exchange_world(any_storage) as world:
        exchange = world.on.room.exchange
        world.system.answer = 500
        await world.office.filed()
        await world.hear()
        (due,) = await world.deliveries()
        with pytest.raises(DeliveryUnderWay):
            await exchange.send_again(ADMIN, due.delivery_id, uuid7())
        for _ in range(12):
            await world.send(3600.0)
        (waits,) = await world.deliveries()
        assert waits.next_at == world.clock.now() + timedelta(hours=1)
        world.system.answer = 204
        again = await exchange.send_again(ADMIN, waits.delivery_id, uuid7())
        assert (again.state, again.attempts, again.next_at) == (DeliveryState.WAITING, 0, None)
        await world.send()
        assert [one.state for one in await world.deliveries()] == [DeliveryState.DELIVERED]
        assert len(world.system.kept) == 1


async def test_another_address_gets_what_waits_at_once_and_a_mended_one_what_is_new(
    any_storage: Storage,
) -> None:
    async with exchange_world(any_storage) as world:
        good = world.on.room.exchange.receivers.of(HOST)
        assert good is not None
        bad = good.model_copy(update={"url": good.url.replace("127.0.0.1", "10.9.8.7")})
        await world.on.room.exchange.use(FormReceivers(receivers=(bad,)))
        await world.office.filed()
        await world.hear()
        for _ in range(12):
            await world.send(3600.0)
        await world.office.filed()
        await world.deliver()
        newest, oldest = await world.deliveries()
        assert (oldest.error, newest.error, newest.attempts) == ("address-private", "address-private", 0)
        assert newest.next_at is not None
        assert newest.next_at - world.clock.now() <= timedelta(minutes=1)
        await world.on.room.exchange.use(FormReceivers(receivers=(good,)))
        await world.send()
        assert [one.state for one in await world.deliveries()] == [DeliveryState.DELIVERED] * 2


@pytest.mark.parametrize(("answer", "hangs"), [(503, False), (204, True)])
async def test_a_pass_costs_one_attempt_at_a_receiver_that_fails(
    any_storage: Storage, answer: int, hangs: bool
) -> None:
    async with exchange_world(any_storage, timeout_s=0.3 if hangs else 30) as world:
        world.system.answer, world.system.hangs = answer, hangs
        for _ in range(9):
            await world.office.filed()
        await world.deliver()
        # As many as are under way at a time; who waits no longer may be gone before the other side saw it.
        assert (0 if hangs else 1) <= world.system.came <= 4
        found = await world.deliveries()
        assert all(one.error and one.next_at is not None for one in found)


OWN = {
    "sign", "answer", "return", "object", "ask_extension", "ask_suspension", "ask_postponement", "delegate",
    "take_back",
}  # fmt: skip


def test_what_a_department_does_itself_needs_no_form() -> None:
    assert {one.value for one in AssignmentAction if form_of(one) is None} == OWN
    assert {form_of(f"job_{step}") for step in DispatchStep} == {None}
    assert form_of("resume") == "task_assignment"
    assert form_of("resume", by_department=True) is None
    assert form_of("withdraw", by_department=True) == "task_assignment"
    assert {form_of(f"deadline_{fact}") for fact in DeadlineFact} == {"task_assignment"}
    assert {form_of(MERGE), form_of(UNMERGE)} == {"task_assignment"}
    assert form_of("finish") == "result_feedback"


async def test_who_takes_a_task_up_again_himself_is_not_told_of_it(any_storage: Storage) -> None:
    async with exchange_world(any_storage) as world:
        for who in (MA, DISPATCHER):
            case = await world.office.filed()
            await world.office.act(MA, case, "sign")
            await world.office.act(MA, case, "ask_suspension", "雪大")
            await world.office.act(DISPATCHER, case, "approve")
            await world.office.act(who, case, "resume", "雪停了")
        await world.deliver()
        assert world.acts.count("resume") == 1
        assert world.acts.count("approve") == 2
