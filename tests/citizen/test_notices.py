"""The reporter is told each step once, in order; a peer that is away is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from citizen.contract import NoticeRefused, NoticeUnsent
from citizen.notices import store
from citizen.notices.service import LONGEST_WAIT_S, wait_after
from citizen.tables import notices, reports
from core.clock import ManualClock
from core.storage import Storage
from tests.cases.rooms import ACCEPTOR, AGENT, DISPATCHER
from tests.citizen.city import AT, City, city
from tests.citizen.test_reports import sent


async def filed(on: City) -> str:
    """The id of a case that was filed from a report by SMS."""
    draft_id = await sent(on)
    await on.act(AGENT, f"/drafts/{draft_id}/take")
    case_id = (await on.act(AGENT, f"/drafts/{draft_id}/confirm")).json()["case_id"]
    await on.settle()
    return str(case_id)


def told(on: City) -> list[str]:
    return ["declined" if one.step.progress is None else one.step.progress.value for one in on.sms.sent]


async def due_now(on: City) -> None:
    async with on.storage.write() as transaction:
        now = on.storage.clock.now()
        await transaction.connection.execute(update(notices).values(due_at=now - timedelta(seconds=1)))


async def test_each_step_of_the_case_is_told_once_and_in_order(any_storage: Storage) -> None:
    async with city(any_storage) as on:
        case_id = await filed(on)
        await on.act(DISPATCHER, f"/cases/{case_id}/done")
        await on.act(ACCEPTOR, f"/cases/{case_id}/verify")
        await on.act(ACCEPTOR, f"/cases/{case_id}/close", note="现场已恢复", condition="restored")
        await on.settle()
        for _ in range(6):
            await on.citizen.notices.send_due()
        assert told(on) == ["received", "done", "verified", "closed"]
        assert {one.reporter for one in on.sms.sent} == {"13904510001"}
        assert len({one.case_number for one in on.sms.sent} - {""}) == 1
        assert len({one.notice_id for one in on.sms.sent}) == 4


async def test_a_declined_report_says_why(any_storage: Storage) -> None:
    async with city(any_storage) as on:
        draft_id = await sent(on)
        await on.act(AGENT, f"/drafts/{draft_id}/take")
        assert (await on.act(AGENT, f"/drafts/{draft_id}/decline", reason="not_ours")).status_code == 200
        await on.settle()
        await on.citizen.notices.send_due()
        assert told(on) == ["declined"]
        assert on.sms.sent[0].step.declined == "not_ours"


@pytest.mark.parametrize("trouble", [NoticeUnsent(), TimeoutError(), RuntimeError("a fault of the channel")])
async def test_what_was_not_sent_is_sent_later_and_before_what_follows(
    storage: Storage, trouble: Exception
) -> None:
    async with city(storage) as on:
        case_id = await filed(on)
        on.sms.fails = [trouble]
        assert await on.citizen.notices.send_due() == 1
        await on.act(DISPATCHER, f"/cases/{case_id}/done")
        await on.settle()
        assert await on.citizen.notices.send_due() == 0, "it waits, and what follows waits for it"
        await due_now(on)
        assert await on.citizen.notices.send_due() == 1
        assert await on.citizen.notices.send_due() == 1
        assert told(on) == ["received", "done"]


async def looked(on: City, clock: ManualClock, hours: int) -> None:
    """So much time passes, in which what is due is tried."""
    for _ in range(hours * 4):
        clock.advance(900)
        await on.citizen.notices.send_due()


async def steps_of_today(on: City, clock: ManualClock, progress: str) -> None:
    """Events have the machine's time: the step that was told just now gets that of the moved clock."""
    await on.settle()
    async with on.storage.write() as transaction:
        just_now = update(notices).where(notices.c.progress == progress)
        await transaction.connection.execute(just_now.values(at=clock.now(), due_at=clock.now()))


async def fates(storage: Storage) -> list[str]:
    async with storage.read() as connection:
        return list((await connection.execute(select(notices.c.state).order_by(notices.c.at))).scalars())


async def test_what_the_peer_refuses_is_given_up(storage: Storage) -> None:
    async with city(storage) as on:
        await filed(on)
        on.sms.fails = [NoticeRefused()]
        for _ in range(2):
            await on.citizen.notices.send_due()
            await due_now(on)
        assert await fates(storage) == ["failed"]
        assert on.sms.sent == []


async def test_a_peer_that_is_away_for_a_day_gets_each_step_once_and_in_order(any_storage: Storage) -> None:
    any_storage.clock = clock = ManualClock(AT)
    async with city(any_storage) as on:
        on.sms.fails = [NoticeUnsent() for _ in range(1000)]
        case_id = await filed(on)
        await steps_of_today(on, clock, "received")
        await looked(on, clock, 12)
        await on.act(DISPATCHER, f"/cases/{case_id}/done")
        await steps_of_today(on, clock, "done")
        await looked(on, clock, 14)
        assert on.sms.sent == []
        on.sms.fails.clear()
        await looked(on, clock, 2)
        assert told(on) == ["received", "done"]
        assert await fates(any_storage) == ["sent", "sent"]


async def test_a_step_that_is_too_old_is_not_told_and_the_next_one_is(any_storage: Storage) -> None:
    any_storage.clock = clock = ManualClock(AT)
    async with city(any_storage) as on:
        on.sms.fails = [NoticeUnsent() for _ in range(1000)]
        case_id = await filed(on)
        await steps_of_today(on, clock, "received")
        await looked(on, clock, 30)
        await on.act(DISPATCHER, f"/cases/{case_id}/done")
        await steps_of_today(on, clock, "done")
        await looked(on, clock, 20)
        on.sms.fails.clear()
        await looked(on, clock, 2)
        assert told(on) == ["done"]
        assert await fates(any_storage) == ["failed", "sent"]


def test_attempts_become_rarer_and_never_end_by_themselves() -> None:
    waits = [wait_after(tries).total_seconds() for tries in range(1, 2000)]
    assert waits == sorted(waits)
    assert waits[0] < 60
    assert waits[-1] == LONGEST_WAIT_S


async def test_a_step_is_tried_once_however_old_it_is(any_storage: Storage) -> None:
    any_storage.clock = clock = ManualClock(AT)
    async with city(any_storage) as on:
        await filed(on)
        await steps_of_today(on, clock, "received")
        clock.advance(72 * 3600)
        await on.citizen.notices.send_due()
        assert (told(on), await fates(any_storage)) == (["received"], ["sent"]), "the service was away"


async def test_a_channel_with_many_notices_leaves_others_their_share(any_storage: Storage) -> None:
    async with city(any_storage) as on:
        for number in range(4):
            draft_id = await sent(on, message_id=f"m{number}", reporter=f"1390451000{number}")
            await on.act(AGENT, f"/drafts/{draft_id}/take")
            await on.act(AGENT, f"/drafts/{draft_id}/confirm")
        await on.settle()
        async with any_storage.write() as transaction:
            many = update(reports).where(reports.c.reporter != "13904510003").values(channel="slow")
            await transaction.connection.execute(many)
        async with any_storage.read() as connection:
            due = await store.due(connection, datetime.now(UTC), 2)
        assert [one.channel for one in due] == ["slow", "sms"]
