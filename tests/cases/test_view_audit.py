"""Looks at cases and drafts beyond one's own work reach the audit trail; the daily work does not fill it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.storage import Storage
from tests.cases.rooms import ACCEPTOR, AGENT, DISPATCHER, OTHER_AGENT
from tests.cases.test_http import PEOPLE, SUPERVISOR, filed
from tests.cases.web import Desk, desk_of


@pytest.fixture
async def desk(storage: Storage) -> AsyncIterator[Desk]:
    async with desk_of(storage, PEOPLE) as made:
        yield made


async def test_a_case_of_others_is_audited_ones_own_is_not(desk: Desk) -> None:
    case = await filed(desk)
    looked = desk.on.looked.at
    looked.clear()
    for actor in (AGENT, DISPATCHER):  # filed it, has it before him
        await desk(actor, "GET", f"/cases/{case['case_id']}")
    assert looked == []
    for actor in (OTHER_AGENT, ACCEPTOR, SUPERVISOR):
        await desk(actor, "GET", f"/cases/{case['case_id']}")
    await desk(SUPERVISOR, "GET", f"/cases/{case['case_id']}/history")
    about = f"case:{case['number']}"
    assert looked == [
        (actor.id, "view-case", about) for actor in (OTHER_AGENT, ACCEPTOR, SUPERVISOR, SUPERVISOR)
    ]


async def test_lists_and_searches_that_show_cases_of_others_are_audited(desk: Desk) -> None:
    await filed(desk)
    looked = desk.on.looked.at
    looked.clear()
    await desk(AGENT, "GET", "/cases")
    await desk(OTHER_AGENT, "GET", "/cases?q=no-such-word")
    assert looked == []
    await desk(OTHER_AGENT, "GET", "/cases?q=公滨路")
    await desk(SUPERVISOR, "GET", "/cases?state=filed")
    assert looked == [
        (OTHER_AGENT.id, "search-cases", "cases:"), (SUPERVISOR.id, "list-cases", "cases:state=filed")
    ]  # fmt: skip


async def test_drafts_are_audited_when_a_supervisor_reads_them(desk: Desk) -> None:
    call_id = desk.on.a_call()
    made = (await desk.post(AGENT, f"/calls/{call_id}/drafts")).json()
    for actor in (AGENT, SUPERVISOR):
        await desk(actor, "GET", f"/calls/{call_id}/drafts")
        await desk(actor, "GET", f"/drafts/{made['draft_id']}")
    assert desk.on.looked.at == [(SUPERVISOR.id, "view-drafts", f"call:{call_id}")] * 2
