"""Who is told by text: a report with a mobile number whose channel sends nothing, and who telephoned."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from cases.events import (
    CaseChanged,
    CaseProgress,
    CaseReferenceView,
    CaseSource,
    CaseView,
    MergedCaseView,
)
from citizen.messages.model import MessagePurpose, MessageRules, MessageWish, TemplateName
from citizen.messages.tables import messages
from core.ids import uuid7
from core.storage import Storage
from tests.cases.rooms import ACCEPTOR, AGENT, DISPATCHER
from tests.citizen.city import SUPERVISOR, City, city
from tests.citizen.test_follow_ups import NUMBER, QuietLink
from tests.citizen.test_reports import sent
from tests.citizen.test_web_form import body

OTHER_NUMBER = "13904510009"
RULES = MessageRules.model_validate({"per_day": 100})


async def steps(storage: Storage) -> Sequence[str]:
    async with storage.read() as connection:
        wanted = select(messages.c.step).order_by(messages.c.created_at, messages.c.message_id)
        return list((await connection.execute(wanted)).scalars())


async def case_of_web(on: City, phone: str) -> CaseView:
    """A case that was filed from a report of the web form."""
    answer = await on.web.post("/api/citizen/reports", json=body(phone=phone))
    assert answer.status_code == 201, answer.text
    await on.settle()
    draft_id = (await on.ask(AGENT, "GET", "/drafts/waiting")).json()["drafts"][-1]["draft_id"]
    await on.act(AGENT, f"/drafts/{draft_id}/take")
    case = (await on.act(AGENT, f"/drafts/{draft_id}/confirm")).json()
    await on.settle()
    return CaseView.model_validate(case)


async def test_a_reporter_of_the_web_form_with_a_mobile_number_is_told_each_step_once(
    any_storage: Storage,
) -> None:
    async with city(any_storage, link=QuietLink()) as on:
        on.citizen.messages.rules = RULES
        case = await case_of_web(on, NUMBER)
        await on.act(DISPATCHER, f"/cases/{case.case_id}/done")
        await on.settle()
        assert await steps(any_storage) == ["received", "done"]
        async with any_storage.read() as connection:
            texts = list((await connection.execute(select(messages.c.text))).scalars())
        assert any(case.spoken_code in text for text in texts)


async def test_nobody_is_told_without_a_mobile_number(storage: Storage) -> None:
    async with city(storage, link=QuietLink()) as on:
        on.citizen.messages.rules = RULES
        await case_of_web(on, "0451-87654321")
        assert await steps(storage) == []


def changed(case: CaseView, progress: CaseProgress, **other: object) -> CaseChanged:
    told = {"source": CaseSource.TELEPHONE, "callback": NUMBER, "progress": progress, **other}
    return CaseChanged(
        call_id=None, confidential=case.confidential, case=case.model_copy(update=told), act="x", actor="x"
    )


async def test_who_telephoned_is_told_a_step_once_and_nothing_of_a_confidential_case(
    any_storage: Storage,
) -> None:
    async with city(any_storage, link=QuietLink()) as on:
        case = await case_of_web(on, "")
        callers = on.citizen.callers
        on.citizen.messages.rules = RULES
        for event in (
            changed(case, CaseProgress.IN_PROGRESS), changed(case, CaseProgress.IN_PROGRESS),
            changed(case, CaseProgress.ASSIGNED), changed(case, CaseProgress.CLOSED, confidential=True),
            changed(case, CaseProgress.DONE), changed(case, CaseProgress.IN_PROGRESS),
        ):  # fmt: skip
            await callers.hear_changed(event)
            await callers.hear_changed(event)
        assert await steps(any_storage) == ["in_progress", "done", "in_progress"]
        on.citizen.messages.rules = RULES.model_copy(update={"telephone": False})
        await callers.hear_changed(changed(case, CaseProgress.DONE, case_id=uuid7()))
        assert len(await steps(any_storage)) == 3


async def stored(storage: Storage) -> list[tuple[str, str]]:
    """Purpose and state of each message."""
    async with storage.read() as connection:
        wanted = select(messages.c.purpose, messages.c.state).order_by(messages.c.created_at)
        return [(row[0], row[1]) for row in await connection.execute(wanted)]


async def test_what_waits_to_be_told_of_a_case_that_becomes_confidential_does_not_leave(
    any_storage: Storage,
) -> None:
    async with city(any_storage, link=QuietLink()) as on:
        on.citizen.messages.rules = RULES
        case = await case_of_web(on, NUMBER)
        assert await stored(any_storage) == [("progress", "waiting")]
        secret = f"/cases/{case.case_id}/confidential"
        assert (await on.act(AGENT, secret, confidential=True)).status_code == 200
        await on.act(DISPATCHER, f"/cases/{case.case_id}/done")
        await on.settle()
        assert await stored(any_storage) == [("progress", "suppressed")]


async def test_the_channel_of_text_messages_tells_nothing_of_a_confidential_case(storage: Storage) -> None:
    async with city(storage, link=QuietLink(), real_sms=True) as on:
        on.citizen.messages.rules = RULES
        draft_id = await sent(on)
        await on.act(AGENT, f"/drafts/{draft_id}/take")
        case_id = (await on.act(AGENT, f"/drafts/{draft_id}/confirm", confidential=True)).json()["case_id"]
        await on.act(DISPATCHER, f"/cases/{case_id}/done")
        await on.settle()
        for _ in range(4):
            await on.citizen.notices.send_due()
        assert await stored(storage) == []
        await on.act(SUPERVISOR, f"/cases/{case_id}/confidential", confidential=False)
        await on.act(ACCEPTOR, f"/cases/{case_id}/verify")
        await on.act(ACCEPTOR, f"/cases/{case_id}/close", note="现场已恢复", condition="restored")
        await on.settle()
        for _ in range(4):
            await on.citizen.notices.send_due()
        assert await stored(storage) == [("progress", "waiting")]


async def test_a_caller_is_told_also_where_another_reporter_of_the_case_was(storage: Storage) -> None:
    async with city(storage, link=QuietLink()) as on:
        case = await case_of_web(on, "")
        on.citizen.messages.rules = RULES
        wish = MessageWish(
            uuid7(), MessagePurpose.PROGRESS, "13904510002", TemplateName.IN_PROGRESS, {},
            case_id=case.case_id, step="in_progress",
        )  # fmt: skip
        await on.citizen.messages.answer(wish)
        await on.citizen.callers.hear_changed(changed(case, CaseProgress.IN_PROGRESS))
        await on.citizen.callers.hear_changed(changed(case, CaseProgress.IN_PROGRESS))
        async with storage.read() as connection:
            wanted = select(messages.c.number).order_by(messages.c.created_at)
            assert list((await connection.execute(wanted)).scalars()) == ["13904510002", NUMBER]


async def told_to(storage: Storage, number: str) -> Sequence[tuple[str, str]]:
    """Step and words of each message to this number."""
    wanted = select(messages.c.step, messages.c.text).where(messages.c.number == number)
    async with storage.read() as connection:
        return [
            (row.step, row.text)
            for row in await connection.execute(wanted.order_by(messages.c.created_at, messages.c.message_id))
        ]


async def test_callers_of_a_merged_case_are_told_each_later_step_of_its_survivor_once(
    any_storage: Storage,
) -> None:
    async with city(any_storage, link=QuietLink()) as on:
        on.citizen.messages.rules = RULES
        callers = on.citizen.callers
        base = await case_of_web(on, "")
        mine = base.model_copy(update={"case_id": uuid7(), "number": "M1", "spoken_code": "111"})
        joined = MergedCaseView(case_id=mine.case_id, number="M1", spoken_code="111")
        written = MergedCaseView(case_id=uuid7(), number="W1", spoken_code="222", report_ids=[uuid7()])
        survivor = CaseReferenceView(case_id=base.case_id, number=base.number, spoken_code="333")
        of_both = {"callback": OTHER_NUMBER, "merged": [joined, written]}
        for event in (
            changed(mine, CaseProgress.RECEIVED),
            changed(mine, CaseProgress.MERGED, survivor=survivor),
            changed(base, CaseProgress.RECEIVED, **of_both),
            changed(base, CaseProgress.IN_PROGRESS, **of_both),
            changed(base, CaseProgress.DONE, **of_both, confidential=True),
            changed(base, CaseProgress.CLOSED, **of_both),
        ):
            for _ in range(2):
                await callers.hear_changed(event)
        told = await told_to(any_storage, NUMBER)
        assert sorted(step for step, _ in told) == ["closed", "in_progress", "merged", "received"]
        assert all(base.number in text for step, text in told if step != "received")
        own = [step for step, _ in await told_to(any_storage, OTHER_NUMBER)]
        assert own == ["received", "in_progress", "closed"]


async def test_who_called_about_both_is_told_once(any_storage: Storage) -> None:
    async with city(any_storage, link=QuietLink()) as on:
        on.citizen.messages.rules = RULES
        base = await case_of_web(on, "")
        mine = base.model_copy(update={"case_id": uuid7(), "number": "M1"})
        joined = MergedCaseView(case_id=mine.case_id, number="M1", spoken_code="111")
        await on.citizen.callers.hear_changed(changed(mine, CaseProgress.RECEIVED))
        for step in (CaseProgress.IN_PROGRESS, CaseProgress.DONE):
            await on.citizen.callers.hear_changed(changed(base, step, merged=[joined]))
        assert [step for step, _ in await told_to(any_storage, NUMBER)] == ["received", "in_progress", "done"]
