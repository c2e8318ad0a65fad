"""Messages to citizens through the simulated SMSC: each once, in time, however the SMSC behaves."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import select

from citizen.messages.model import (
    MessagePurpose,
    MessageRules,
    MessageState,
    MessageWish,
    TemplateName,
)
from citizen.messages.sender import SmsSender
from citizen.messages.tables import messages
from core.ids import uuid7
from core.storage import Storage
from gateway.smpp.link import SmscLink
from tests.peers.simulated_smsc import NUMBER, SimulatedSmsc
from tests.sms.sms_world import ALL_DAY, CITIZEN, SmsWorld, settings, sms_world
from tests.waiting import until

SENT, DELIVERED, WAITING = MessageState.SENT, MessageState.DELIVERED, MessageState.WAITING


async def told(world: SmsWorld, number: str = CITIZEN, step: str = "closed") -> None:
    """A message about a step of a case."""
    wish = MessageWish(
        uuid7(), MessagePurpose.PROGRESS, number, TemplateName(step),
        {"case": "2301102026113000001", "code": "12345678"}, case_id=uuid7(), step=step,
    )  # fmt: skip
    async with world.storage.write() as transaction:
        await world.city.citizen.messages.queue(transaction, wish)


def sender(world: SmsWorld) -> SmsSender:
    found = world.city.citizen.sender
    assert found is not None
    return found


def left(smsc: SimulatedSmsc, number: int) -> bool:
    return len(smsc.submitted) == number


def bound(smsc: SimulatedSmsc, times: int) -> bool:
    return smsc.count("bound") == times


def why(world: SmsWorld) -> str:
    return next(one.why for one in world.city.citizen.health() if one.part == "sms")


async def test_a_message_is_delivered_and_its_receipt_is_matched(
    any_storage: Storage, smsc: SimulatedSmsc
) -> None:
    async with sms_world(any_storage, smsc) as world:
        await told(world)
        await world.become(DELIVERED)
        (one,) = smsc.submitted
        assert (one["to"], one["from"], one["coding"]) == (CITIZEN, NUMBER, 8)
        assert one["text"].startswith("【城市管理热线】您反映的问题（2301102026113000001）已办结")
        assert one["valid_h"] == 48


@pytest.mark.parametrize("long", ["udh", "sar", "payload"])
async def test_a_long_text_goes_as_the_operator_wants_it(
    storage: Storage, smsc: SimulatedSmsc, long: str
) -> None:
    async with sms_world(storage, smsc, long_messages=long) as world:
        await told(world, step="received")
        await world.become(DELIVERED)
        got = smsc.submitted
        text = "".join(str(one["text"]) for one in got)
        assert text.endswith("回复TD退订。")
        assert text.startswith("【城市管理热线】")
        if long == "udh":
            assert [one["udh"][-4:] for one in got] == ["0201", "0202"]
            assert len({one["udh"][:-4] for one in got}) == 1
        elif long == "sar":
            assert [one["sar"][1:] for one in got] == [[2, 1], [2, 2]]
        else:
            assert len(got) == 1


async def test_a_throttling_smsc_gets_each_message_once(storage: Storage, smsc: SimulatedSmsc) -> None:
    async with sms_world(storage, smsc) as world:
        smsc.set(status=0x58, times=3)
        for _ in range(10):
            await told(world)
        await until(lambda: len(smsc.submitted) == 10, "ten messages")
        await world.become(*[DELIVERED] * 10)
        assert smsc.count("refused") == 3


async def test_a_refused_number_is_given_up_and_holds_nobody_back(
    storage: Storage, smsc: SimulatedSmsc
) -> None:
    async with sms_world(storage, smsc) as world:
        smsc.set(status=0x0B, times=1)
        await told(world)
        await world.become(MessageState.REFUSED)
        await told(world)
        await world.become(MessageState.REFUSED, DELIVERED)


async def test_an_smsc_that_is_away_for_a_day_gets_each_message_once_and_no_old_one(
    any_storage: Storage, smsc: SimulatedSmsc
) -> None:
    async with sms_world(any_storage, smsc) as world:
        await until(lambda: smsc.count("bound") == 1, "a bound link")
        smsc.stop()
        await told(world)
        world.clock.go(hours=30)
        await told(world)
        world.clock.go(hours=24)
        assert [one.state for one in world.city.citizen.health() if one.part == "sms"] == ["degraded"]
        assert await sender(world).expire() == 1
        assert await world.states() == [MessageState.EXPIRED, WAITING]
        smsc.start()
        await world.become(MessageState.EXPIRED, DELIVERED)
        assert len(smsc.submitted) == 1


async def test_nothing_is_sent_in_quiet_hours_but_answers(storage: Storage, smsc: SimulatedSmsc) -> None:
    async with sms_world(storage, smsc, MessageRules()) as world:
        world.clock.go(hours=10)  # 22:00 in the city
        await told(world)
        smsc.write(CITIZEN, "查 00000000")
        await until(lambda: len(smsc.submitted) == 1, "the answer")
        assert "没有查到" in world.texts[0]
        assert (await world.states()).count(WAITING) == 1
        world.clock.go(hours=9, minutes=59)
        assert (await world.states()).count(WAITING) == 1
        world.clock.go(minutes=2)  # 08:01
        await until(lambda: len(smsc.submitted) == 2, "the message of the evening")
        assert "已办结" in world.texts[-1]


async def test_who_opted_out_gets_nothing_and_the_day_has_a_limit(
    any_storage: Storage, smsc: SimulatedSmsc
) -> None:
    rules = ALL_DAY.model_copy(update={"per_day": 2})
    async with sms_world(any_storage, smsc, rules) as world:
        for _ in range(3):
            await told(world)
        await world.become(DELIVERED, DELIVERED, MessageState.LIMITED)
        await world.city.citizen.messages.opt(None, "+86 " + CITIZEN, out=True)
        world.clock.go(days=1)
        await told(world)
        assert (await world.states())[-1] is MessageState.SUPPRESSED
        await world.city.citizen.messages.opt(None, CITIZEN, out=False)
        await told(world)
        await until(lambda: len(smsc.submitted) == 3, "a message again")


async def test_a_message_that_left_without_an_answer_is_settled_by_its_receipt(
    any_storage: Storage, smsc: SimulatedSmsc
) -> None:
    async with sms_world(any_storage, smsc) as world:
        smsc.set(answers=False)
        await told(world)
        await until(lambda: len(smsc.submitted) == 1, "a message that left")
        smsc.drop()
        smsc.set(answers=True)
        await until(lambda: smsc.count("bound") == 2, "a new link")
        world.clock.go(seconds=6)
        smsc.receipt("1", CITIZEN)
        await world.become(DELIVERED)
        world.clock.go(seconds=60)
        await asyncio.sleep(0.5)  # that nothing more leaves is the subject
        assert len(smsc.submitted) == 1


async def test_a_receipt_of_one_part_does_not_prove_the_whole(
    any_storage: Storage, smsc: SimulatedSmsc
) -> None:
    async with sms_world(any_storage, smsc) as world:
        smsc.set(answers=False)
        await told(world, step="received")
        await until(lambda: len(smsc.submitted) == 1, "a part that left")
        smsc.drop()
        smsc.set(answers=True)
        await until(lambda: smsc.count("bound") == 2, "a new link")
        world.clock.go(seconds=6)
        smsc.receipt("1", CITIZEN)
        await world.become(MessageState.SUBMITTING)
        world.clock.go(seconds=11)
        await world.become(DELIVERED)
        assert len(smsc.submitted) == 3, "both parts, once more"


async def test_the_receipts_of_all_parts_prove_the_whole(any_storage: Storage, smsc: SimulatedSmsc) -> None:
    async with sms_world(any_storage, smsc) as world:
        smsc.set(after=300, receipts="")
        await told(world, step="received")
        await until(lambda: len(smsc.submitted) == 2, "a second part, after the first one was answered")
        smsc.drop()
        smsc.set(after=0, receipts="DELIVRD")
        await until(lambda: smsc.count("bound") == 2, "a new link")
        world.clock.go(seconds=6)
        smsc.receipt("2", CITIZEN)
        await world.become(SENT)
        smsc.receipt("1", CITIZEN)
        await world.become(DELIVERED)
        assert len(smsc.submitted) == 2


async def test_without_a_receipt_it_is_sent_a_second_time_and_never_a_third(
    storage: Storage, smsc: SimulatedSmsc
) -> None:
    async with sms_world(storage, smsc) as world:
        smsc.set(answers=False, receipts="")
        await told(world)
        for sent in range(2):
            await until(partial(left, smsc, sent + 1), "a message that left")
            smsc.drop()
            await until(partial(bound, smsc, sent + 2), "a new link")
            world.clock.go(seconds=11)
        await world.become(MessageState.UNKNOWN)
        assert len(smsc.submitted) == 2
        async with storage.read() as connection:
            (again,) = (await connection.execute(select(messages.c.doubts))).scalars()
        assert again == 2


async def test_a_wrong_password_is_said_by_health(storage: Storage, smsc: SimulatedSmsc) -> None:
    async with sms_world(storage, smsc, password="wrong") as world:
        await until(lambda: smsc.count("bound") == 1, "a refused link")
        await until(lambda: "system_id" in why(world), "the reason")


async def test_a_link_says_farewell_when_the_service_stops(smsc: SimulatedSmsc) -> None:
    link = SmscLink(settings(smsc))
    await link.start()
    await asyncio.wait_for(link.until_ready(), timedelta(seconds=5).total_seconds())
    await link.stop()
    await until(lambda: smsc.count("unbound") == 1, "a farewell")


@pytest.mark.parametrize("password", ["nine-long", "密码"])
def test_a_password_that_does_not_fit_into_a_bind_is_refused(smsc: SimulatedSmsc, password: str) -> None:
    with pytest.raises(ValidationError, match="8 ASCII characters"):
        settings(smsc, password=password)


async def test_a_link_that_cannot_be_opened_says_why_and_is_tried_again(smsc: SimulatedSmsc) -> None:
    told = settings(smsc).model_copy(update={"password": SecretStr("longer than eight")})
    link = SmscLink(told)
    await link.start()
    await until(lambda: "ValueError" in link.health()[0].why, "the reason")
    link._session._request = replace(link._session._request, password="secret")
    await asyncio.wait_for(link.until_ready(), 5)
    await link.stop()
