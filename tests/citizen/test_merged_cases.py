"""Reporters of merged, split and second cases: each is told of every step of the case that is about his."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from cases.drafting.model import AdditionalProblem
from cases.drafting.store import get, save
from cases.tables import drafts
from citizen.channels.open311.answers import requests_document, w3c
from citizen.channels.open311.documents import written
from citizen.channels.open311.services import ServiceList
from citizen.channels.web_form.service import NAME as WEB_FORM
from citizen.contract import PublicQuery
from citizen.reports.public import PublicLedger
from core.ids import uuid7
from core.storage import Storage
from tests.cases.rooms import ACCEPTOR, AGENT, DISPATCHER
from tests.citizen.city import AT, SUPERVISOR, City, city
from tests.citizen.test_reports import sent

ONE, OTHER = "13904510001", "13904510002"


async def filed_by(on: City, reporter: str) -> dict[str, str]:
    """A case that was filed from a report of this reporter by SMS."""
    draft_id = await sent(on, message_id=f"m{reporter}", reporter=reporter)
    await on.act(AGENT, f"/drafts/{draft_id}/take")
    case = (await on.act(AGENT, f"/drafts/{draft_id}/confirm")).json()
    await on.settle()
    return dict(case)


async def asked(on: City, case: dict[str, str]) -> dict[str, str]:
    return dict((await on.ask(DISPATCHER, "GET", f"/cases/{case['case_id']}")).json())


async def merged(on: City, case: dict[str, str], into: dict[str, str]) -> None:
    one, other = await asked(on, case), await asked(on, into)
    body = {"into": into["case_id"], "version": one["version"], "into_version": other["version"]}
    answer = await on.act(DISPATCHER, f"/cases/{case['case_id']}/merge", **body, reason="同一井盖")
    assert answer.status_code == 200, answer.text
    await on.settle()


async def told(on: City, reporter: str) -> list[tuple[str, str]]:
    """Each step that this reporter was sent, with its case."""
    for _ in range(8):
        await on.citizen.notices.send_due()
    return [(str(one.step.progress), one.case_number) for one in on.sms.sent if one.reporter == reporter]


async def test_reporters_of_both_are_told_of_every_later_step(any_storage: Storage) -> None:
    async with city(any_storage) as on:
        first, second = await filed_by(on, ONE), await filed_by(on, OTHER)
        await merged(on, second, first)
        await on.act(DISPATCHER, f"/cases/{first['case_id']}/done")
        await on.act(ACCEPTOR, f"/cases/{first['case_id']}/verify")
        await on.settle()
        number = first["number"]
        assert await told(on, ONE) == [("received", number), ("done", number), ("verified", number)]
        assert await told(on, OTHER) == [
            ("received", second["number"]), ("merged", number), ("done", number), ("verified", number),
        ]  # fmt: skip
        assert len({one.notice_id for one in on.sms.sent}) == len(on.sms.sent)


async def test_who_joins_a_case_under_way_is_told_how_far_it_is(any_storage: Storage) -> None:
    async with city(any_storage) as on:
        first, second = await filed_by(on, ONE), await filed_by(on, OTHER)
        await on.act(DISPATCHER, f"/cases/{first['case_id']}/done")
        await merged(on, second, first)
        assert (await told(on, OTHER))[1:] == [("merged", first["number"]), ("done", first["number"])]


async def test_once_it_is_undone_each_hears_of_his_own_case_again(any_storage: Storage) -> None:
    async with city(any_storage) as on:
        first, second = await filed_by(on, ONE), await filed_by(on, OTHER)
        await merged(on, second, first)
        version = (await asked(on, second))["version"]
        answer = await on.act(
            DISPATCHER, f"/cases/{second['case_id']}/unmerge", version=version, reason="不是一处"
        )
        assert answer.status_code == 200, answer.text
        await on.act(DISPATCHER, f"/cases/{first['case_id']}/done")
        await on.settle()
        own = second["number"]
        assert await told(on, OTHER) == [("received", own), ("merged", first["number"]), ("received", own)]


async def test_of_a_chain_everybody_is_told_of_the_last(any_storage: Storage) -> None:
    async with city(any_storage) as on:
        a, b, c = [await filed_by(on, reporter) for reporter in (ONE, OTHER, "13904510003")]
        await merged(on, a, b)
        await merged(on, b, c)
        await on.act(DISPATCHER, f"/cases/{c['case_id']}/done")
        await on.settle()
        for reporter in (ONE, OTHER):
            assert (await told(on, reporter))[-1] == ("done", c["number"])
        assert await told(on, ONE) == [
            ("received", a["number"]), ("merged", b["number"]), ("merged", c["number"]),
            ("done", c["number"]),
        ]  # fmt: skip


async def test_number_and_code_lead_to_the_survivor_and_say_so(any_storage: Storage) -> None:
    """The page of a citizen, and what everybody sees by Open311."""
    async with city(any_storage) as on:
        first = await filed_by(on, ONE)
        body = {"message_id": str(uuid7()), "text": "公滨路5号门口井盖不见了"}
        receipt = (await on.ask(None, "POST", "/citizen/reports", **body)).json()
        await on.settle()
        (draft,) = (await on.ask(AGENT, "GET", "/drafts/waiting")).json()["drafts"]
        await on.act(AGENT, f"/drafts/{draft['draft_id']}/take")
        second = (await on.act(AGENT, f"/drafts/{draft['draft_id']}/confirm")).json()
        await on.settle()
        await merged(on, second, first)
        seen = (await on.ask(None, "POST", "/citizen/reports/follow", **receipt)).json()
        assert [(one["progress"], one["case_number"]) for one in seen["steps"]] == [
            ("received", second["number"]), ("merged", first["number"]),
        ]  # fmt: skip
        query = PublicQuery(WEB_FORM, AT, AT.replace(year=AT.year + 1), numbers=(receipt["number"],))
        found = await PublicLedger(any_storage, on.expected_times).listed(query)
        (shown,) = json.loads(written(requests_document(found, ServiceList(()), str, zh=False), "json"))
        assert (shown["status"], shown["status_notes"]) == ("open", f"Goes on as case {first['number']}")
        due = (await on.ask(AGENT, "GET", f"/cases/{first['case_id']}")).json()["deadline"]["due_at"]
        assert shown["expected_datetime"] == w3c(datetime.fromisoformat(due)), "of the case that goes on"


async def test_the_second_problem_of_a_report_is_told_to_its_reporter(any_storage: Storage) -> None:
    async with city(any_storage) as on:
        draft_id = await sent(on, reporter=ONE)
        await on.act(AGENT, f"/drafts/{draft_id}/take")
        await offering(on, draft_id, "gbt30428.2@2013/P0103")
        path = f"/drafts/{draft_id}/additional-problems"
        second = (await on.act(AGENT, path, category="gbt30428.2@2013/P0103")).json()
        own = (await on.act(AGENT, f"/drafts/{draft_id}/confirm")).json()
        other = (await on.act(AGENT, f"/drafts/{second['draft_id']}/confirm")).json()
        await on.settle()
        await on.act(DISPATCHER, f"/cases/{other['case_id']}/done")
        await on.settle()
        assert await told(on, ONE) == [
            ("received", own["number"]), ("received", other["number"]), ("done", other["number"]),
        ]  # fmt: skip
        query = PublicQuery("sms", AT, AT.replace(year=AT.year + 1))
        (seen,) = await PublicLedger(any_storage, on.expected_times).listed(query)
        assert seen.step.progress == "received", "how far the report is, its own case says"


async def test_the_second_problem_forgets_the_citizen_with_the_report(any_storage: Storage) -> None:
    async with city(any_storage) as on:
        draft_id = await sent(on, reporter=ONE)
        await on.act(AGENT, f"/drafts/{draft_id}/take")
        await offering(on, draft_id, "gbt30428.2@2013/P0103")
        path = f"/drafts/{draft_id}/additional-problems"
        await on.act(AGENT, path, category="gbt30428.2@2013/P0103")
        on.citizen.reports._settings = on.citizen.reports._settings.model_copy(update={"kept_days": 0})
        await on.citizen.reports.forget_old()
        await on.settle()
        async with any_storage.read() as connection:
            assert list(await connection.scalars(select(drafts.c.draft_id))) == []


async def test_reporters_of_a_split_case_are_told_of_both(any_storage: Storage) -> None:
    async with city(any_storage) as on:
        case = await filed_by(on, ONE)
        report_ids = (await asked(on, case))["report_ids"]
        answer = await on.act(
            SUPERVISOR, f"/cases/{case['case_id']}/split", version=(await asked(on, case))["version"],
            reason="还有一处路灯不亮", report_ids=report_ids,
            fields={"category": "gbt30428.2@2013/P0103", "description": "路灯不亮"},
        )  # fmt: skip
        assert answer.status_code == 201, answer.text
        new = answer.json()
        await on.settle()
        await on.act(DISPATCHER, f"/cases/{new['case_id']}/done")
        await on.settle()
        assert (await told(on, ONE))[1:] == [("received", new["number"]), ("done", new["number"])]


async def offering(on: City, draft_id: str, category: str) -> None:
    """Let the draft offer this class as a second problem."""
    async with on.storage.write() as transaction:
        stored = await get(transaction.connection, UUID(draft_id))
        problem = AdditionalProblem(category=category, confidence=0.9, evidence=())
        draft = stored.draft.model_copy(update={"additional_problems": (problem,)})
        await save(transaction.connection, stored.holding(draft), AT)
