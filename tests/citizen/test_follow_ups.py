"""A closed case is followed up by text message, link or an agent; who is not satisfied reaches a person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.event import listen

from cases.events import CaseSource
from citizen.events import ReportRated
from citizen.followup import store
from citizen.followup.model import (
    ClosedCase,
    FollowUpAnswer,
    FollowUpRules,
    SamplingRow,
    answer_of,
    chosen,
)
from citizen.followup.tables import follow_ups
from citizen.messages import store as message_store
from citizen.messages.model import MessageRules
from citizen.messages.ports import SmsConsumer
from citizen.messages.tables import messages
from core.ids import uuid7
from core.room import Health
from core.storage import Storage
from tests.cases.rooms import ACCEPTOR, AGENT, DISPATCHER, OTHER_AGENT
from tests.citizen.city import SUPERVISOR, City, a_report, city
from tests.citizen.test_merged_cases import filed_by, merged
from tests.citizen.test_public_page import events
from tests.citizen.test_reports import sent

NUMBER = "13904510001"
AT_ONCE = FollowUpRules.model_validate({"delay_h": 0, "calls_from": "00:00", "calls_until": "23:59:59"})
BY_TEXT = AT_ONCE.model_copy(update={"sampling": (SamplingRow(percent=100, way="sms"),)})
BY_AGENT = AT_ONCE.model_copy(update={"sampling": (SamplingRow(percent=100, way="agent"),)})


class QuietLink:
    """A link that never sends: what is queued stays."""

    number, at_once = "12319", 1

    def use(self, consumer: SmsConsumer) -> None: ...

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def until_ready(self) -> None:
        raise AssertionError("nothing is sent here")

    def parts_of(self, text: str) -> int:
        return 1 + len(text) // 70

    def submits_of(self, text: str) -> int:
        return self.parts_of(text)

    async def send(self, message_id: UUID, number: str, text: str, valid_s: float) -> list[str]:
        raise AssertionError("nothing is sent here")

    def health(self) -> list[Health]:
        return []


@asynccontextmanager
async def followed(storage: Storage, rules: FollowUpRules) -> AsyncIterator[City]:
    async with city(storage, link=QuietLink()) as on:
        on.citizen.follow_ups.rules = rules
        on.citizen.messages.rules = MessageRules.model_validate({"per_day": 100})
        yield on


async def closed(on: City, message_id: str = "m1") -> str:
    """A case of a report by text message that was closed just now."""
    draft_id = await sent(on, phone=NUMBER, message_id=message_id)
    await on.act(AGENT, f"/drafts/{draft_id}/take")
    case_id = str((await on.act(AGENT, f"/drafts/{draft_id}/confirm")).json()["case_id"])
    await closed_case(on, case_id)
    return case_id


async def closed_case(on: City, case_id: str) -> None:
    for who, act, words in (
        (DISPATCHER, "done", {}),
        (ACCEPTOR, "verify", {}),
        (ACCEPTOR, "close", {"note": "好", "condition": "restored"}),
    ):
        assert (await on.act(who, f"/cases/{case_id}/{act}", **words)).status_code == 200
    await on.settle()


async def states(on: City) -> list[str]:
    async with on.storage.read() as connection:
        return list((await connection.execute(select(follow_ups.c.state))).scalars())


async def rates(on: City, by: str = "") -> dict[str, object]:
    now = on.storage.clock.now()
    since, until = (now - timedelta(days=1)).isoformat(), (now + timedelta(days=1)).isoformat()
    path = f"/follow-ups/rates?since={since}&until={until}&by={by}".replace("+", "%2B")
    (found,) = (await on.ask(SUPERVISOR, "GET", path)).json()["rates"]
    return dict(found)


async def test_a_closed_case_is_asked_by_text_and_a_reply_counts_once(any_storage: Storage) -> None:
    async with followed(any_storage, BY_TEXT) as on:
        await closed(on)
        assert await states(on) == ["due"]
        assert await on.citizen.follow_ups.ask_due() == 1
        assert await on.citizen.follow_ups.ask_due() == 0
        async with any_storage.read() as connection:
            wanted = select(messages.c.text).where(messages.c.purpose == "follow_up")
            (text,) = (await connection.execute(wanted)).scalars()
        assert "1满意 2基本满意 3不满意" in text
        assert await on.citizen.follow_ups.rate_by_text(NUMBER, "4") is None
        assert await on.citizen.follow_ups.rate_by_text("13904510009", "1") is None
        assert await on.citizen.follow_ups.rate_by_text("+86" + NUMBER, "111") == "thanks"
        assert await on.citizen.follow_ups.rate_by_text(NUMBER, "3") is None, "it has been answered"
        found = await rates(on)
        assert (found["response"], found["resolution"], found["satisfaction"]) == (1, 1, 1)


async def test_who_does_not_reply_is_called_by_an_agent_or_counts_as_unanswered(storage: Storage) -> None:
    async with followed(storage, BY_TEXT) as on:
        await closed(on)
        await on.citizen.follow_ups.ask_due()
        async with storage.write() as transaction:
            late = transaction.clock.now() - timedelta(seconds=1)
            await transaction.connection.execute(update(follow_ups).values(due_at=late))
        on.citizen.follow_ups.rules = BY_TEXT.model_copy(update={"call_unanswered_percent": 100})
        await on.citizen.follow_ups.ask_due()
        assert await states(on) == ["call"]
        assert len((await on.ask(AGENT, "GET", "/follow-ups")).json()["follow_ups"]) == 1


async def test_an_agent_takes_calls_and_enters_the_outcome(any_storage: Storage) -> None:
    async with followed(any_storage, BY_AGENT) as on:
        await closed(on)
        (listed,) = (await on.ask(AGENT, "GET", "/follow-ups")).json()["follow_ups"]
        assert listed["number"] == ""
        path = f"/follow-ups/{listed['follow_up_id']}"
        assert (await on.act(AGENT, f"{path}/outcome", reached=False)).status_code == 409
        taken = (await on.act(AGENT, f"{path}/take")).json()
        assert taken["number"] == NUMBER
        assert (await on.act(OTHER_AGENT, f"{path}/take")).status_code == 409
        assert (await on.ask(OTHER_AGENT, "GET", "/follow-ups")).json()["follow_ups"] == []
        assert ("citizen.follow-up-take", f"case:{listed['case_number']}") in {
            one[1:] for one in on.acts.done
        }
        again = {"op_id": str(uuid7()), "reached": False}
        for _ in range(2):
            await on.ask(AGENT, "POST", f"{path}/outcome", **again)
        async with any_storage.write() as transaction:
            assert list((await transaction.connection.execute(select(follow_ups.c.attempts))).scalars()) == [
                1
            ]
            now = transaction.clock.now()
            await transaction.connection.execute(update(follow_ups).values(due_at=now))
        await on.act(AGENT, f"{path}/take")
        assert (await on.act(AGENT, f"{path}/outcome", reached=True)).status_code == 422
        said = await on.act(
            AGENT, f"{path}/outcome", reached=True, solved=False, satisfaction=2, note="又坏了"
        )
        assert (said.json()["state"], said.json()["concern"], said.json()["number"]) == (
            "answered",
            "open",
            "",
        )
        found = await rates(on, "source")
        assert (found["group"], found["resolution"], found["satisfaction"]) == ("sms", 0, 1)
        assert found["response"] is None


async def test_attempts_have_a_limit_and_calls_have_hours(storage: Storage) -> None:
    async with followed(storage, BY_AGENT.model_copy(update={"attempts": 1})) as on:
        await closed(on)
        (listed,) = (await on.ask(AGENT, "GET", "/follow-ups")).json()["follow_ups"]
        path = f"/follow-ups/{listed['follow_up_id']}"
        local = on.storage.clock.now() + timedelta(hours=8)
        before = (local - timedelta(hours=1)).time(), (local - timedelta(minutes=1)).time()
        if before[0] < before[1]:
            hours = {"calls_from": before[0], "calls_until": before[1], "attempts": 1}
            on.citizen.follow_ups.rules = BY_AGENT.model_copy(update=hours)
            assert (await on.ask(AGENT, "GET", "/follow-ups")).json()["follow_ups"] == []
            assert (await on.act(AGENT, f"{path}/take")).json()["type"].endswith("not-calling-hours")
            on.citizen.follow_ups.rules = BY_AGENT.model_copy(update={"attempts": 1})
        await on.act(AGENT, f"{path}/take")
        await on.act(AGENT, f"{path}/outcome", reached=False)
        assert await states(on) == ["unanswered"]
        assert (await on.ask(AGENT, "GET", "/follow-ups")).json()["follow_ups"] == []


async def test_who_is_not_satisfied_reaches_a_person_who_may_reopen(any_storage: Storage) -> None:
    async with followed(any_storage, BY_TEXT) as on:
        case_id = await closed(on)
        await on.citizen.follow_ups.ask_due()
        assert await on.citizen.follow_ups.rate_by_text(NUMBER, "3") == "sorry"
        assert (await on.ask(AGENT, "GET", "/follow-ups/concerns")).status_code == 403
        (concern,) = (await on.ask(SUPERVISOR, "GET", "/follow-ups/concerns")).json()["follow_ups"]
        assert (concern["case_id"], concern["number"]) == (case_id, "")
        path = f"/follow-ups/{concern['follow_up_id']}/settle"
        assert (await on.ask(ACCEPTOR, "POST", path, result="open", note="x")).status_code == 422
        done = await on.ask(ACCEPTOR, "POST", path, result="explained", note="已解释")
        assert done.json()["concern"] == "explained"
        assert (await on.ask(SUPERVISOR, "POST", path, result="no_action", note="x")).status_code == 409
        assert (await rates(on))["dissatisfied"] == 1
        assert (await rates(on))["open_concerns"] == 0
        (shown,) = (await on.ask(AGENT, "GET", f"/cases/{case_id}/messages")).json()["follow_ups"]
        assert (shown["satisfaction"], shown["concern_note"]) == (3, "已解释")


async def test_a_rating_of_a_report_is_the_answer_once(any_storage: Storage) -> None:
    async with followed(any_storage, BY_TEXT) as on:
        receipt = await on.citizen.reports.receive("sms", CaseSource.SMS, a_report(phone=NUMBER))
        rating = {"number": receipt.number, "code": receipt.code, "stars": 4, "solved": True}
        await closed(on)
        assert (await on.ask(None, "POST", "/citizen/reports/rate", **rating)).status_code == 200
        rated = await events(on, ReportRated)
        for event in (*rated, *rated):
            await on.citizen.follow_ups.hear_rated(event)
        assert (await rates(on))["resolution"] == 1
        assert (await rates(on))["satisfaction"] == 1


@pytest.mark.parametrize("asked_percent", [0, 100])
async def test_who_left_no_telephone_or_was_merged_is_heard_once_he_rates(
    any_storage: Storage, asked_percent: int
) -> None:
    sampling = (SamplingRow(percent=asked_percent, way="sms"),)
    async with followed(any_storage, BY_TEXT.model_copy(update={"sampling": sampling})) as on:
        one = await filed_by(on, "o-a")
        other = await filed_by(on, "o-b")
        await merged(on, other, one)
        await closed_case(on, one["case_id"])
        assert await states(on) == ["unanswered", "unanswered"]
        assert await on.citizen.follow_ups.ask_due() == 0
        assert (await rates(on))["asked"] == 0
        shown = await on.ask(AGENT, "GET", f"/cases/{one['case_id']}/messages")
        assert shown.json()["follow_ups"] == [], "nobody was asked"
        first = (await on.citizen.reports.own("sms", "o-a", 1))[0]
        rating = {
            "number": first.progress.number, "code": first.code, "stars": 1, "solved": False, "words": "还在",
        }  # fmt: skip
        assert (await on.ask(None, "POST", "/citizen/reports/rate", **rating)).status_code == 200
        second = (await on.citizen.reports.own("sms", "o-b", 1))[0]
        theirs = {"number": second.progress.number, "code": second.code, "stars": 5}
        assert (await on.ask(None, "POST", "/citizen/reports/rate", **theirs)).status_code == 200
        for event in [*await events(on, ReportRated)] * 2:
            await on.citizen.follow_ups.hear_rated(event)
        (concern,) = (await on.ask(SUPERVISOR, "GET", "/follow-ups/concerns")).json()["follow_ups"]
        assert (concern["case_id"], concern["note"], concern["number"]) == (one["case_id"], "还在", "")
        found = await rates(on)
        assert (found["asked"], found["answered"], found["satisfaction"]) == (0, 0, 0.5)
        async with any_storage.write() as transaction:
            old = transaction.clock.now() - timedelta(days=400)
            await transaction.connection.execute(update(follow_ups).values(closed_at=old))
        assert await on.citizen.follow_ups.forget_old(timedelta(days=365)) == 1, "the words of the rating"
        assert await on.citizen.follow_ups.forget_old(timedelta(days=365)) == 0


async def test_what_is_forgotten_already_is_not_looked_at_again(storage: Storage) -> None:
    asked: list[tuple[str, Any]] = []
    before = datetime(2026, 1, 1, tzinfo=UTC)
    async with storage.write() as transaction:
        listen(
            storage.engine.sync_engine,
            "before_cursor_execute",
            lambda _c, _cursor, statement, values, *_more: asked.append((statement, values)),
        )
        await store.forget(transaction.connection, before, 500)
        await message_store.forget(transaction.connection, before, 1000)
        for index in ("ix_citizen_follow_ups_held", "ix_citizen_messages_held"):
            table = index.removeprefix("ix_").removesuffix("_held")
            (one,) = [each for each in asked if each[0].startswith(f"UPDATE {table} ") and "LIMIT" in each[0]]
            plan = await transaction.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one[0]}", one[1])
            assert any(index in str(row) for row in plan), index


async def test_of_a_case_that_became_confidential_no_rating_is_shown(any_storage: Storage) -> None:
    async with followed(any_storage, BY_TEXT) as on:
        case = await filed_by(on, "o-a")
        await closed_case(on, case["case_id"])
        report = (await on.citizen.reports.own("sms", "o-a", 1))[0]
        hidden = await on.act(SUPERVISOR, f"/cases/{case['case_id']}/confidential", confidential=True)
        assert hidden.status_code == 200, hidden.text
        await on.settle()
        assert await states(on) == ["withdrawn"]
        rating = {"number": report.progress.number, "code": report.code, "stars": 1, "words": "还在"}
        await on.ask(None, "POST", "/citizen/reports/rate", **rating)
        for event in await events(on, ReportRated):
            await on.citizen.follow_ups.hear_rated(event)
        assert (await on.ask(SUPERVISOR, "GET", "/follow-ups/concerns")).json()["follow_ups"] == []


async def test_who_opted_out_is_not_asked(storage: Storage) -> None:
    async with followed(storage, BY_TEXT) as on:
        await closed(on)
        await on.citizen.messages.opt(None, NUMBER, out=True)
        await on.citizen.follow_ups.ask_due()
        assert await states(on) == ["withdrawn"]


@given(st.integers(0, 100), st.integers(0, 100))
def test_a_larger_sample_holds_the_smaller_one(one: int, other: int) -> None:
    case = ClosedCase(uuid4(), CaseSource.SMS, "normal", "gbt30428@2021/01")
    less, more = (
        chosen(FollowUpRules(sampling=(SamplingRow(percent=percent, way="sms"),)), case)
        for percent in sorted((one, other))
    )
    assert less == "none" or more == "sms"


def test_the_first_row_that_fits_decides() -> None:
    rules = FollowUpRules(
        sampling=(
            SamplingRow(
                sources=(CaseSource.SMS,), categories=("gbt30428@2021/02",), percent=100, way="agent"
            ),
            SamplingRow(urgencies=("danger",), percent=0, way="agent"),
            SamplingRow(percent=100, way="sms"),
        )
    )
    case = ClosedCase(uuid4(), CaseSource.SMS, "danger", "gbt30428@2021/0201")
    assert chosen(rules, case) == "agent"
    assert chosen(rules, ClosedCase(case.case_id, CaseSource.WEB, "danger", case.category)) == "none"
    assert chosen(rules, ClosedCase(case.case_id, CaseSource.WEB, "normal", "")) == "sms"


@pytest.mark.parametrize(
    ("digits", "answer"),
    [
        ("1", FollowUpAnswer(1)), ("3", FollowUpAnswer(3)), ("122", FollowUpAnswer(2, True, False)),
        ("311", None), ("4", None), ("", None), ("11", None), ("1111", None),
    ],
)  # fmt: skip
def test_a_reply_is_a_digit_or_three(digits: str, answer: FollowUpAnswer | None) -> None:
    assert answer_of(digits) == answer


async def test_nobody_is_asked_about_a_case_that_became_confidential_after_it_was_closed(
    any_storage: Storage,
) -> None:
    async with followed(any_storage, BY_TEXT) as on:
        case_id = await closed(on)
        await on.citizen.follow_ups.ask_due()
        assert await states(on) == ["asked"]
        secret = f"/cases/{case_id}/confidential"
        assert (await on.act(SUPERVISOR, secret, confidential=True)).status_code == 200
        await on.settle()
        assert await states(on) == ["withdrawn"]
        async with any_storage.read() as connection:
            wanted = select(messages.c.state).where(messages.c.purpose == "follow_up")
            assert list((await connection.execute(wanted)).scalars()) == ["suppressed"]
        assert await on.citizen.follow_ups.rate_by_text(NUMBER, "3") is None


async def ratings(storage: Storage) -> dict[str, int | None]:
    """What was answered about each case."""
    async with storage.read() as connection:
        wanted = select(follow_ups.c.case_id, follow_ups.c.satisfaction)
        return {str(row[0]): row[1] for row in await connection.execute(wanted)}


async def test_a_reply_is_about_the_case_that_was_asked_about_last(any_storage: Storage) -> None:
    async with followed(any_storage, BY_TEXT) as on:
        older, asked, due = [await closed(on, f"m{number}") for number in range(3)]
        async with any_storage.write() as transaction:
            now = transaction.clock.now()
            for case_id, state, hours in ((older, "asked", 1), (asked, "asked", 2), (due, "due", 3)):
                changed = update(follow_ups).where(follow_ups.c.case_id == UUID(case_id))
                at = now + timedelta(hours=hours)
                await transaction.connection.execute(changed.values(state=state, due_at=at))
        assert await on.citizen.follow_ups.rate_by_text(NUMBER, "3") == "sorry"
        assert await on.citizen.follow_ups.rate_by_text(NUMBER, "3") == "sorry", "the SMSC brings it again"
        assert await ratings(any_storage) == {older: None, asked: 3, due: None}
        assert await on.citizen.follow_ups.rate_by_text(NUMBER, "1") == "thanks"
        assert await ratings(any_storage) == {older: 1, asked: 3, due: None}
        assert await on.citizen.follow_ups.rate_by_text(NUMBER, "2") is None, "nobody asked yet"


async def test_a_reply_of_no_mobile_telephone_is_no_answer(storage: Storage) -> None:
    async with followed(storage, BY_TEXT) as on:
        await closed(on)
        async with storage.write() as transaction:
            await transaction.connection.execute(update(follow_ups).values(number="", state="asked"))
        assert await on.citizen.follow_ups.rate_by_text("12306", "3") is None
        assert await states(on) == ["asked"]
