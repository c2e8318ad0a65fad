"""A citizen who left a landline alone is told by an automatic call how the case goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from cases.events import CaseProgress
from citizen.followup import store as follow_up_store
from citizen.followup.model import ConcernState, FollowUp, FollowUpState
from citizen.messages import store
from citizen.messages.calling import AGAIN_AFTER, LATER_STEP, NoticeCalling, call_id_of
from citizen.messages.model import (
    CALL,
    MessagePurpose,
    MessageRules,
    MessageState,
    MessageWish,
    StoredMessage,
    TemplateName,
)
from citizen.messages.service import CitizenMessages
from citizen.messages.tables import messages as table
from core.clock import SystemClock
from core.storage import Storage
from gateway.wiring.notice_calls import NoticesByTelephone
from hotline.outbound.model import AutomatedCall, CallOutcome
from hotline.outbound.notices.policy import NoticeCall, NoticeTarget, SpokenNotice
from tests.cases.rooms import AGENT, DISPATCHER
from tests.citizen.city import Acts, city
from tests.citizen.test_follow_ups import QuietLink
from tests.citizen.test_told_by_text import case_of_web

LANDLINE, CODE = "045182345678", "12345678"
ALWAYS = MessageRules(landline_calls=True, quiet_from=time(0), quiet_until=time(0), per_day=2)
OFTEN = ALWAYS.model_copy(update={"per_day": 100})


class Centre:
    """The messages of a centre without an SMSC, and the calls that tell of them."""

    def __init__(self, storage: Storage, rules: MessageRules = ALWAYS) -> None:
        self.storage = storage
        self.messages = CitizenMessages(storage, None, Acts(), timezone_h=8, rings=True, area_code="0451")
        self.messages.rules = rules
        self.calling = NoticeCalling(storage, self.messages)
        self.by_telephone = NoticesByTelephone(self.calling, lambda: False)

    async def queue(
        self,
        number: str = LANDLINE,
        template: TemplateName = TemplateName.DONE,
        code: str = CODE,
        case_id: UUID | None = None,
    ) -> tuple[UUID, MessageState | None]:
        wish = MessageWish(
            uuid4(), MessagePurpose.PROGRESS, number, template, {"code": code}, case_id=case_id,
            step=CaseProgress.DONE.value,
        )  # fmt: skip
        async with self.storage.write() as transaction:
            return wish.message_id, await self.messages.queue(transaction, wish)

    async def message(self, message_id: UUID) -> StoredMessage:
        async with self.storage.read() as connection:
            found = await store.get(connection, message_id)
        assert found is not None
        return found

    async def came_to(self, message_id: UUID) -> tuple[MessageState, str]:
        found = await self.message(message_id)
        assert (found.ended_at is None) is (found.state in {MessageState.WAITING, MessageState.SUBMITTING})
        return found.state, found.error

    async def rested(self, message_id: UUID) -> None:
        """So much time has passed that it is tried again."""
        async with self.storage.write() as transaction:
            before = SystemClock().now() - AGAIN_AFTER - timedelta(seconds=1)
            changed = table.update().where(table.c.message_id == message_id)
            await transaction.connection.execute(changed.values(claimed_at=before))

    async def placed(self) -> tuple[NoticeCall, SpokenNotice | None]:
        """The one call that is wanted is placed."""
        (target,) = await self.by_telephone.wanted()
        notice = await self.by_telephone.notice(target)
        call: AutomatedCall[NoticeTarget] = AutomatedCall(target, "sh", 0.0)
        return call, notice

    async def called(self, outcome: CallOutcome, *, seen: bool = True) -> SpokenNotice | None:
        """The one call that is wanted is placed, and ends so. It is told twice."""
        call, notice = await self.placed()
        for _ in range(2):
            await self.by_telephone.came(replace(call, stage="over", outcome=outcome, seen=seen))
        return notice

    async def presses(self, key: str) -> tuple[SpokenNotice | None, set[str]]:
        """The one call that is wanted is placed and heard; the key is told each second, then it ends."""
        call, notice = await self.placed()
        kept = {await self.by_telephone.press(replace(call, stage="pressed", key=key)) for _ in range(3)}
        over = replace(call, stage="over", outcome="heard", key=key, seen=True)
        await self.by_telephone.came(over)
        return notice, {str(one) for one in kept}


async def test_a_landline_is_told_by_telephone_once(any_storage: Storage) -> None:
    centre = Centre(any_storage)
    message_id, state = await centre.queue("0451-8234 5678")
    assert state is MessageState.WAITING
    assert await centre.presses("1") == (SpokenNotice(LANDLINE, "done", CODE), {"done"})
    told = await centre.message(message_id)
    assert (told.state, told.channel, told.tries, told.number) == (MessageState.DELIVERED, CALL, 1, LANDLINE)
    assert told.text.endswith(f" {CODE}")
    assert (told.error, told.sent_at is not None) == ("", True)
    assert await centre.by_telephone.wanted() == []


async def test_a_number_without_an_area_code_is_one_of_the_city(any_storage: Storage) -> None:
    centre = Centre(any_storage)
    await centre.queue("82345678")
    _, notice = await centre.placed()
    assert notice == SpokenNotice(LANDLINE, "done", CODE)
    assert await centre.messages.opt(None, "8234-5678", out=True)
    assert await centre.messages.opted_out(LANDLINE) is not None


async def test_what_may_be_running_goes_on_and_what_nobody_knows_is_never_repeated(
    any_storage: Storage,
) -> None:
    """Killed while it rings: the same call is asked for by the same id, and the engine has made it."""
    centre = Centre(any_storage)
    message_id, _ = await centre.queue()
    call, _ = await centre.placed()
    again = Centre(any_storage)
    assert await again.by_telephone.wanted() == [call.target]
    assert call.target.call_id == call_id_of(message_id, 0)
    assert await again.calling.wanted(new=False) != [], "also while callers wait"
    await again.called("unknown")
    assert await again.came_to(message_id) == (MessageState.UNKNOWN, "unknown")
    await again.rested(message_id)
    assert await again.by_telephone.wanted() == []


async def test_a_key_in_a_call_that_was_given_up_counts(any_storage: Storage) -> None:
    centre = Centre(any_storage)
    message_id, _ = await centre.queue()
    call, _ = await centre.placed()
    given_up = replace(call, stage="over", outcome="unknown", key="1")
    await centre.by_telephone.came(given_up)
    assert await centre.by_telephone.press(replace(given_up, outcome=None)) == "gone", "another outcome"
    assert await centre.by_telephone.press(given_up) == "done"
    assert await centre.came_to(message_id) == (MessageState.DELIVERED, "")


@pytest.mark.parametrize(
    ("outcomes", "state", "error"),
    [
        (["no_answer", "no_key"], MessageState.SENT, "no_key"),
        (["busy", "no_answer"], MessageState.UNDELIVERED, "no_answer"),
        (["rejected"], MessageState.UNDELIVERED, "rejected"),
        (["not_placed", "not_placed", "no_answer", "busy"], MessageState.UNDELIVERED, "busy"),
        (["lost"], MessageState.SENT, "lost"),
    ],
)
async def test_who_is_not_there_is_called_once_more_after_an_hour_and_a_machine_is_not_called_again(
    any_storage: Storage, outcomes: list[CallOutcome], state: MessageState, error: str
) -> None:
    centre = Centre(any_storage)
    message_id, _ = await centre.queue()
    ids = set()
    for outcome in outcomes:
        ids.add((await centre.by_telephone.wanted())[0].call_id)
        await centre.called(outcome)
        assert await centre.by_telephone.wanted() == []
        await centre.rested(message_id)
    assert len(ids) == len(outcomes), "each attempt has an id of its own"
    assert await centre.came_to(message_id) == (state, error)
    assert await centre.by_telephone.wanted() == []


async def test_9_opts_out(any_storage: Storage) -> None:
    centre = Centre(any_storage)
    message_id, _ = await centre.queue()
    assert (await centre.presses("9"))[1] == {"done"}
    assert await centre.came_to(message_id) == (MessageState.DELIVERED, "opted_out")
    assert await centre.messages.opted_out(LANDLINE) is not None
    assert (await centre.queue())[1] is MessageState.SUPPRESSED


def follow_up(case_id: UUID, number: str = LANDLINE, taken_by: str = "") -> FollowUp:
    now = SystemClock().now()
    return FollowUp(
        uuid4(), case_id, "2301032026113000012", None, number, "telephone", "230103", "", "", "agent",
        FollowUpState.CALL, now, 0, taken_by, None, None, None, "", "", None, ConcernState.NONE, "", "",
        None, now, None,
    )  # fmt: skip


async def kept(centre: Centre, one: FollowUp) -> FollowUp:
    async with centre.storage.read() as connection:
        found = await follow_up_store.get(connection, one.follow_up_id)
    assert found is not None
    return found


async def test_2_says_that_a_closed_case_is_not_solved_and_a_person_finds_it(any_storage: Storage) -> None:
    centre = Centre(any_storage)
    one = follow_up(uuid4())
    async with any_storage.write() as transaction:
        await follow_up_store.add(transaction.connection, one)
    message_id, _ = await centre.queue(template=TemplateName.CLOSED, case_id=one.case_id)
    notice, pressed = await centre.presses("2")
    assert (notice, pressed) == (SpokenNotice(LANDLINE, "closed", CODE, asks=True), {"done"})
    assert await centre.came_to(message_id) == (MessageState.DELIVERED, "not_solved")
    after = await kept(centre, one)
    assert (after.state, after.solved, after.concern) == (FollowUpState.ANSWERED, False, ConcernState.OPEN)
    assert (after.answered_by, after.satisfaction) == ("call", None)


@pytest.mark.parametrize("why", ["taken", "another number", "not closed", "none"])
async def test_2_is_heard_where_nobody_asks(any_storage: Storage, why: str) -> None:
    centre = Centre(any_storage)
    one = follow_up(uuid4(), "13904510001" if why == "another number" else LANDLINE)
    one = replace(one, taken_by="wang" if why == "taken" else "")
    if why != "none":
        async with any_storage.write() as transaction:
            await follow_up_store.add(transaction.connection, one)
    template = TemplateName.DONE if why == "not closed" else TemplateName.CLOSED
    message_id, _ = await centre.queue(template=template, case_id=one.case_id)
    notice, pressed = await centre.presses("2")
    assert notice is not None
    assert (notice.asks, pressed) == (False, {"gone"})
    assert await centre.came_to(message_id) == (MessageState.DELIVERED, "")
    if why != "none":
        assert await kept(centre, one) == one


async def test_hours_opt_outs_and_the_limit_of_a_day_hold_as_for_text_messages(any_storage: Storage) -> None:
    centre = Centre(any_storage)
    first, _ = await centre.queue()
    second, _ = await centre.queue()
    assert [one.message_id for one in await centre.by_telephone.wanted()] == [first], "one at a time"
    assert (await centre.queue())[1] is MessageState.LIMITED
    (target,) = await centre.by_telephone.wanted()
    local = SystemClock().now() + timedelta(hours=8)
    hours = {
        "quiet_from": (local - timedelta(hours=1)).time(),
        "quiet_until": (local + timedelta(hours=1)).time(),
    }
    centre.messages.rules = ALWAYS.model_copy(update=hours)
    assert await centre.by_telephone.wanted() == []
    assert await centre.by_telephone.notice(target) is None, "the hours began meanwhile"
    await centre.calling.ended(first, 0, "stopped", sent=False)
    centre.messages.rules = ALWAYS
    await centre.rested(first)
    assert (await centre.by_telephone.wanted())[0].call_id == call_id_of(first, 1)
    await centre.messages.opt(None, LANDLINE, out=True)
    for message_id in (first, second):
        assert await centre.called("stopped", seen=False) is None
        assert (await centre.message(message_id)).state is MessageState.SUPPRESSED
    assert (await centre.queue())[1] is MessageState.SUPPRESSED


async def test_of_two_steps_that_wait_the_later_one_is_told(any_storage: Storage) -> None:
    centre, case_id = Centre(any_storage), uuid4()
    first, _ = await centre.queue(template=TemplateName.RECEIVED, case_id=case_id)
    last, _ = await centre.queue(template=TemplateName.DONE, case_id=case_id)
    async with any_storage.write() as transaction:
        earlier = table.update().where(table.c.message_id == first)
        before = SystemClock().now() - timedelta(minutes=1)
        await transaction.connection.execute(earlier.values(created_at=before))
    assert await centre.called("stopped", seen=False) is None
    assert await centre.came_to(first) == (MessageState.EXPIRED, LATER_STEP)
    _, notice = await centre.placed()
    assert notice == SpokenNotice(LANDLINE, "done", CODE)
    assert (await centre.came_to(last))[0] is MessageState.SUBMITTING


@pytest.mark.parametrize(
    ("change", "state"),
    [({"expires_at": SystemClock().now()}, MessageState.EXPIRED), ({"number": ""}, MessageState.REFUSED)],
    ids=["late", "erased"],
)
async def test_what_waited_too_long_or_has_no_number_any_more_is_not_told(
    any_storage: Storage, change: dict[str, object], state: MessageState
) -> None:
    centre = Centre(any_storage)
    message_id, _ = await centre.queue()
    async with any_storage.write() as transaction:
        changed = table.update().where(table.c.message_id == message_id)
        await transaction.connection.execute(changed.values(change))
    assert await centre.by_telephone.wanted() == []
    assert (await centre.came_to(message_id))[0] is state


@pytest.mark.parametrize(
    ("number", "template", "rules"),
    [
        ("13904510001", TemplateName.DONE, ALWAYS),
        (LANDLINE, TemplateName.HANDED_OVER, ALWAYS),
        (LANDLINE, TemplateName.DONE, MessageRules()),
        ("", TemplateName.DONE, ALWAYS),
    ],
    ids=["a mobile telephone", "a step without a sentence", "not switched on", "no number"],
)
async def test_nobody_else_is_called(
    storage: Storage, number: str, template: TemplateName, rules: MessageRules
) -> None:
    centre = Centre(storage, rules)
    assert (await centre.queue(number, template))[1] is None
    assert await centre.by_telephone.wanted() == []


async def test_who_asked_for_calls_is_called_instead_of_a_text_message(any_storage: Storage) -> None:
    """What no recorded sentence tells goes by text."""
    mobile, other = "13904510001", "13904510002"
    async with city(any_storage, link=QuietLink()) as on:
        on.citizen.messages.rules = OFTEN
        on.citizen.messages._rings = True

        async def channel(number: str, template: TemplateName = TemplateName.DONE) -> str:
            wish = MessageWish(uuid4(), MessagePurpose.PROGRESS, number, template, step="done")
            async with any_storage.write() as transaction:
                await on.citizen.messages.queue(transaction, wish)
            async with any_storage.read() as connection:
                found = await store.get(connection, wish.message_id)
            assert found is not None
            return found.channel

        looked = (await on.ask(AGENT, "POST", "/citizen/opt-outs/look", number=mobile)).json()
        assert looked == {"since": None, "calls_since": None, "may_call": True}
        assert await channel(mobile) == "sms"
        asked = {"number": "139-0451-0001", "out": False, "calls": True}
        for _ in range(2):
            answer = (await on.ask(AGENT, "POST", "/citizen/opt-outs", **asked)).json()
            assert (answer["since"], answer["calls_since"] is not None) == (None, True)
        assert [await channel(mobile), await channel(other)] == ["call", "sms"]
        assert await channel(mobile, TemplateName.HANDED_OVER) == "sms"
        await on.ask(AGENT, "POST", "/citizen/opt-outs", **asked | {"calls": False})
        assert await channel(mobile) == "sms"
        assert [act for _, act, _ in on.acts.done if act.startswith("citizen.by")] == [
            "citizen.by-call", "citizen.by-text",
        ]  # fmt: skip
        wrong = await on.ask(AGENT, "POST", "/citizen/opt-outs", **asked | {"number": LANDLINE})
        assert "no-mobile-number" in wrong.json()["type"]


async def test_once_it_is_switched_off_nothing_rings(storage: Storage) -> None:
    centre = Centre(storage)
    await centre.queue()
    centre.messages.rules = ALWAYS.model_copy(update={"landline_calls": False})
    assert await centre.by_telephone.wanted() == []


async def test_without_a_short_code_the_sentence_alone_is_said(storage: Storage) -> None:
    centre = Centre(storage)
    await centre.queue(code="R20261201 7F3K")
    _, notice = await centre.placed()
    assert notice == SpokenNotice(LANDLINE, "done", "")


async def test_a_report_with_a_landline_is_told_each_step_and_the_desk_sees_it(any_storage: Storage) -> None:
    """Nothing of a confidential case: others may pick up."""
    async with city(any_storage) as on:
        on.citizen.messages.rules = ALWAYS
        on.citizen.messages._rings = True
        case = await case_of_web(on, "0451-82345678")
        path = f"/cases/{case.case_id}"
        (shown,) = (await on.ask(AGENT, "GET", f"{path}/messages")).json()["messages"]
        assert (shown["channel"], shown["template"], shown["number"]) == ("call", "received", "045****5678")
        assert shown["text"].endswith(case.spoken_code)
        (wanted,) = await on.citizen.notice_calling.wanted(new=True)
        told = await on.citizen.notice_calling.notice(wanted.message_id, 0)
        assert told is not None
        assert (told.number, told.sentence, told.code) == (LANDLINE, "received", case.spoken_code)
        await on.citizen.notice_calling.ended(wanted.message_id, 0, "no_answer")
        (shown,) = (await on.ask(AGENT, "GET", f"{path}/messages")).json()["messages"]
        assert (shown["state"], shown["error"]) == ("waiting", "no_answer")
        assert (await on.act(AGENT, f"{path}/confidential", confidential=True)).status_code == 200
        await on.act(DISPATCHER, f"{path}/done")
        await on.settle()
        async with any_storage.read() as connection:
            states = list((await connection.execute(select(table.c.state))).scalars())
        assert states == ["suppressed"]
