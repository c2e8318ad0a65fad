"""The queue of drafts without a call: who takes a report files or declines it, and nobody else."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from cases.drafting.store import StoredDraft
from core.actor import Actor
from core.ids import uuid7
from core.storage import Storage
from tests.cases.rooms import AGENT, DISPATCHER, OTHER_AGENT
from tests.citizen.city import SUPERVISOR, city
from tests.citizen.test_reports import sent
from tests.field.pictures import jpeg


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


@pytest.mark.parametrize(("act", "reason"), [("take", None), ("release", None), ("decline", "unclear")])
async def test_what_is_done_with_a_report_waits_for_an_edit_that_is_on_its_way(
    storage: Storage, act: str, reason: str | None
) -> None:
    async with city(storage) as on:
        draft_id = await sent(on)
        await on.act(AGENT, f"/drafts/{draft_id}/take")
        more = {} if reason is None else {"reason": reason}
        async with on.cases.drafts.live.lock(None):
            acting = asyncio.create_task(on.act(AGENT, f"/drafts/{draft_id}/{act}", **more))
            done, _ = await asyncio.wait({acting}, timeout=0.3)
            assert not done
        assert (await acting).status_code == 200


async def test_a_case_is_filed_of_the_draft_as_it_is_stored(
    any_storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read before the transaction may be old: an edit or a decline of another process came."""
    async with city(any_storage) as on:
        draft_id = await sent(on)
        draft = (await on.act(AGENT, f"/drafts/{draft_id}/take")).json()
        old = await on.cases.drafts.stored(UUID(draft_id))
        rev = draft["fields"]["address"]["rev"]
        entered = {"field": "address", "value": "中央大街1号", "rev": rev, "op_id": str(uuid7())}
        edited = await on.ask(AGENT, "PATCH", f"/drafts/{draft_id}", **entered)
        assert edited.status_code == 200, edited.text

        async def as_before(_draft_id: UUID) -> StoredDraft:
            return old

        monkeypatch.setattr(on.cases.drafts, "stored", as_before)
        case = (await on.act(AGENT, f"/drafts/{draft_id}/confirm")).json()
        assert case["address"] == "中央大街1号"


async def test_nobody_is_shown_as_editor_of_a_report_that_another_has_taken(storage: Storage) -> None:
    async with city(storage) as on:
        draft_id = UUID(await sent(on))
        await on.act(AGENT, f"/drafts/{draft_id}/take")
        await on.cases.editing.says("a page", OTHER_AGENT, draft_id, "address")
        assert on.cases.editing.of(draft_id) == []
        await on.cases.editing.says("another page", AGENT, draft_id, "address")
        assert [one.person for one in on.cases.editing.of(draft_id)] == ["wang"]


async def test_of_a_report_that_another_has_taken_the_queue_shows_no_words(storage: Storage) -> None:
    async with city(storage) as on:
        draft_id = await sent(on, phone="13904510001")
        await on.act(AGENT, f"/drafts/{draft_id}/take")
        shown = {}
        for who in (AGENT, OTHER_AGENT, SUPERVISOR):
            (draft,) = (await on.ask(who, "GET", "/drafts/waiting")).json()["drafts"]
            shown[who.id] = [
                draft["fields"][name]["value"] for name in ("description", "callback", "address")
            ]
        whole = ["公滨路5号门口井盖不见了，很危险", "13904510001", "公滨路5号"]
        assert shown == {"wang": whole, "chen": whole, "sun": [None, None, "公滨路5号"]}


async def test_every_look_at_drafts_without_a_call_is_audited(storage: Storage) -> None:
    async with city(storage) as on:
        await on.ask(AGENT, "GET", "/drafts/waiting")
        assert on.looked.at == [], "nothing was shown"
        draft_id = await sent(on)
        on.looked.at.clear()
        await on.ask(OTHER_AGENT, "GET", "/drafts/waiting")
        await on.act(AGENT, f"/drafts/{draft_id}/take")
        await on.ask(AGENT, "GET", f"/drafts/{draft_id}")
        assert on.looked.at == [
            ("sun", "view-drafts", "report:waiting"), ("wang", "view-drafts", f"report:{draft_id}")
        ]  # fmt: skip


async def test_a_report_is_read_by_who_may_read_its_draft_or_its_case(storage: Storage) -> None:
    async with city(storage) as on:
        draft_id = await sent(on, pictures=(jpeg(),))
        path = f"/drafts/{draft_id}/report"
        (picture_id,) = (await on.ask(OTHER_AGENT, "GET", path)).json()["picture_ids"]
        paths = (path, f"{path}/pictures/{picture_id}")

        async def answers(who: Actor) -> set[int]:
            return {(await on.ask(who, "GET", one)).status_code for one in paths}

        await on.act(AGENT, f"/drafts/{draft_id}/take")
        assert await answers(AGENT) == await answers(SUPERVISOR) == {200}
        assert await answers(OTHER_AGENT) == {409}
        await on.act(AGENT, f"/drafts/{draft_id}/confirm", confidential=True)
        assert await answers(AGENT) == await answers(SUPERVISOR) == {200}
        assert await answers(OTHER_AGENT) == {403}
        public = await sent(on, message_id="m2")
        await on.act(AGENT, f"/drafts/{public}/take")
        await on.act(AGENT, f"/drafts/{public}/confirm")
        assert (await on.ask(OTHER_AGENT, "GET", f"/drafts/{public}/report")).status_code == 200
