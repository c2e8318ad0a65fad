"""The queue of drafts without a call: who takes a report files or declines it, and nobody else."""

from __future__ import annotations

import pytest

from core.storage import Storage
from tests.cases.rooms import AGENT, DISPATCHER, OTHER_AGENT
from tests.citizen.city import SUPERVISOR, city
from tests.citizen.test_reports import sent


async def test_of_two_agents_one_takes_a_report(any_storage: Storage) -> None:
    async with city(any_storage) as on:
        draft_id = await sent(on)
        assert (await on.act(AGENT, f"/drafts/{draft_id}/take")).json()["taken_by"] == "wang"
        late = await on.act(OTHER_AGENT, f"/drafts/{draft_id}/take")
        assert (late.status_code, late.json()["type"], late.json()["by"]) == (
            409, "urn:songhua:problem:report-taken", "wang",
        )  # fmt: skip
        assert (await on.act(AGENT, f"/drafts/{draft_id}/release")).json()["taken_by"] is None
        assert (await on.act(OTHER_AGENT, f"/drafts/{draft_id}/take")).status_code == 200
        assert (await on.act(SUPERVISOR, f"/drafts/{draft_id}/take")).json()["taken_by"] == "chen"


@pytest.mark.parametrize("act", ["confirm", "release", "decline"])
async def test_who_has_not_taken_it_does_nothing_with_it(storage: Storage, act: str) -> None:
    async with city(storage) as on:
        draft_id = await sent(on)
        await on.act(AGENT, f"/drafts/{draft_id}/take")
        refused = await on.act(OTHER_AGENT, f"/drafts/{draft_id}/{act}", reason="unclear")
        assert refused.status_code == 409
        assert (await on.act(DISPATCHER, f"/drafts/{draft_id}/take")).status_code == 403
        assert (await on.ask(DISPATCHER, "GET", "/drafts/waiting")).status_code == 403
        assert (await on.ask(DISPATCHER, "GET", f"/drafts/{draft_id}/report")).status_code == 403


async def test_a_report_leaves_the_queue_filed_or_declined_once(storage: Storage) -> None:
    async with city(storage) as on:
        first, second = await sent(on), await sent(on, message_id="m2")
        for draft_id in (first, second):
            await on.act(AGENT, f"/drafts/{draft_id}/take")
        silent = await on.act(AGENT, f"/drafts/{first}/discard")
        assert (silent.status_code, silent.json()["type"]) == (422, "urn:songhua:problem:report-undecided")
        assert (await on.act(AGENT, f"/drafts/{first}/confirm")).status_code == 200
        assert (await on.act(AGENT, f"/drafts/{second}/decline", reason="duplicate")).status_code == 200
        assert (await on.ask(AGENT, "GET", "/drafts/waiting")).json()["drafts"] == []
        for draft_id in (first, second):
            assert (await on.act(AGENT, f"/drafts/{draft_id}/decline", reason="unclear")).status_code == 409


async def test_a_second_problem_of_a_report_is_a_report_of_its_own(storage: Storage) -> None:
    async with city(storage) as on:
        draft_id = await sent(on, text="公滨路5号门口井盖不见了。旁边还有一堆建筑垃圾没人清理。")
        draft = (await on.act(AGENT, f"/drafts/{draft_id}/take")).json()
        (other,) = draft["additional_problems"]
        path = f"/drafts/{draft_id}/additional-problems"
        opened = (await on.act(AGENT, path, category=other["category"])).json()
        assert (opened["source"], opened["taken_by"], opened["call_id"]) == ("sms", "wang", None)
        assert (await on.act(AGENT, f"/drafts/{opened['draft_id']}/confirm")).json()["source"] == "sms"
