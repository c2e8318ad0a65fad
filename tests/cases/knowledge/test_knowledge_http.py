"""The routes of articles as a desk and an editor call them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from cases.drafting.model import SpokenSegment
from core.ids import uuid7
from core.storage import Storage
from tests.cases.knowledge.world import APPROVER, WRITER
from tests.cases.rooms import AGENT, DISPATCHER, OTHER_AGENT
from tests.cases.web import Desk, desk_of

SCRIPT = "<script>alert(1)</script> 供热企业负责。"


@pytest.fixture
async def desk(storage: Storage) -> AsyncIterator[Desk]:
    async with desk_of(storage, (AGENT, OTHER_AGENT, DISPATCHER, WRITER, APPROVER)) as made:
        yield made


async def test_from_the_first_word_to_the_answer(desk: Desk) -> None:
    made = await desk.post(
        WRITER, "/knowledge", name="heating", language="zh", title="暖气<b>", body=SCRIPT, tags=["暖气"]
    )
    assert (made.status_code, made.json()["state"], made.json()["in_force"]) == (201, "draft", False)
    path = f"/knowledge/{made.json()['article_id']}"
    assert (await desk(AGENT, "GET", path)).status_code == 404
    assert (await desk.post(WRITER, f"{path}/versions/1/submit")).json()["state"] == "submitted"
    same = await desk.post(WRITER, f"{path}/versions/1/approve")
    assert (same.status_code, same.json()["type"]) == (403, "urn:songhua:problem:same-eyes")
    assert (await desk.post(AGENT, f"{path}/versions/1/approve")).status_code == 403
    approved = (await desk.post(APPROVER, f"{path}/versions/1/approve")).json()
    assert (approved["approved_by"], approved["in_force"]) == ("zhou", True)
    (hit,) = (await desk(AGENT, "GET", "/knowledge/search?q=暖气不热")).json()["hits"]
    # Markup comes as it was written: whoever shows it escapes it.
    assert (hit["title"], hit["marked_title"]) == ("暖气<b>", {"text": "暖气<b>", "spans": [[0, 2]]})
    assert hit["snippet"]["text"] == SCRIPT
    call_id, op_id = desk.on.a_call(), str(uuid7())
    for _ in range(2):
        body = {"op_id": op_id, "call_id": str(call_id)}
        used = await desk(AGENT, "POST", f"{path}/versions/1/use", **body)
        assert (used.status_code, used.json()["body"]) == (201, SCRIPT)
    (kept,) = (await desk(AGENT, "GET", f"/calls/{call_id}/articles")).json()["articles"]
    assert kept == used.json()["use"]
    (row,) = (await desk(AGENT, "GET", "/knowledge")).json()["articles"]
    assert (row["uses"], row["number"]) == (1, 1)
    offered = (await desk(AGENT, "GET", f"/calls/{call_id}/suggestions")).json()
    assert offered["suggestions"] == []


async def test_a_new_version_is_saved_on_top_of_the_newest_and_rolled_back(desk: Desk) -> None:
    words = {"title": "一", "body": "正文"}
    made = (await desk.post(WRITER, "/knowledge", name="a", language="zh", **words)).json()
    path = f"/knowledge/{made['article_id']}"
    stale = await desk.post(WRITER, f"{path}/versions", base=0, **words)
    assert (stale.status_code, stale.json()["number"]) == (409, 1)
    second = await desk.post(WRITER, f"{path}/versions", base=1, title="二", body="正文")
    assert (second.status_code, second.json()["number"]) == (201, 2)
    for number in (1, 2):
        await desk.post(WRITER, f"{path}/versions/{number}/submit")
        await desk.post(APPROVER, f"{path}/versions/{number}/approve")
    assert (await desk(AGENT, "GET", path)).json()["title"] == "二"
    assert (await desk.post(WRITER, f"{path}/rollback", number=1)).status_code == 422
    back = await desk.post(WRITER, f"{path}/rollback", number=1, reason="写错了")
    assert (back.json()["title"], back.json()["in_force"]) == ("一", True)
    rows = (await desk(WRITER, "GET", f"{path}/versions")).json()["versions"]
    assert [(row["number"], row["state"]) for row in rows] == [(2, "withdrawn"), (1, "approved")]
    log = (await desk(WRITER, "GET", f"{path}/history")).json()["history"]
    assert [(one["number"], one["act"]) for one in log][-1] == (2, "roll-back")
    for hidden in ("versions", "history"):
        assert (await desk(AGENT, "GET", f"{path}/{hidden}")).status_code == 403


async def test_what_does_not_fit_is_refused(desk: Desk) -> None:
    words = {"name": "a", "language": "zh", "title": "一", "body": "正文"}
    for wrong in (
        {"name": "A B"}, {"language": "fr"}, {"title": ""}, {"title": "x" * 201}, {"body": "x" * 20_001},
        {"tags": ["a,b"]},
        {"categories": ["P0123"]}, {"districts": ["1"]}, {"valid_from": "2026-01-01T00:00:00"},
    ):  # fmt: skip
        answer = await desk.post(WRITER, "/knowledge", **{**words, **wrong})
        assert answer.status_code == 422, wrong
    assert (await desk(AGENT, "GET", f"/knowledge/search?q={'x' * 201}")).status_code == 422
    assert (await desk(AGENT, "GET", "/knowledge/search?q=x&scope=newest")).status_code == 403
    assert (await desk.post(WRITER, f"/knowledge/{uuid7()}/versions/1/explode")).status_code == 422
    assert (
        await desk.post(AGENT, f"/knowledge/{uuid7()}/versions/1/use", call_id=str(desk.on.a_call()))
    ).status_code == 404


async def test_a_call_is_for_its_agents_and_a_confidential_case_for_who_handles_it(desk: Desk) -> None:
    made = await desk.post(WRITER, "/knowledge", name="a", language="zh", title="暖气", body="正文")
    path = f"/knowledge/{made.json()['article_id']}/versions/1"
    await desk.post(WRITER, f"{path}/submit")
    await desk.post(APPROVER, f"{path}/approve")
    mine = desk.on.a_call(agent=AGENT)
    for routes in (f"/calls/{mine}/suggestions", f"/calls/{mine}/articles"):
        for who, status in ((AGENT, 200), (WRITER, 200), (OTHER_AGENT, 403), (DISPATCHER, 403)):
            assert (await desk(who, "GET", routes)).status_code == status, (routes, who.id)
    refused = await desk.post(OTHER_AGENT, f"{path}/use", call_id=str(mine))
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:songhua:problem:not-your-call")
    # A call that is handed on is the next agent's, too, and stays the first one's.
    desk.on.calls.agents[mine].add(OTHER_AGENT.id)
    for who in (AGENT, OTHER_AGENT, WRITER):
        assert (await desk.post(who, f"{path}/use", call_id=str(mine))).status_code == 201
    other = desk.on.a_call(agent=OTHER_AGENT)
    await desk.on.room.drafts.hear(
        other, SpokenSegment(segment_id="s1", speaker="citizen", text="香坊区公滨路五号门口井盖丢了")
    )
    (draft,) = (await desk(OTHER_AGENT, "GET", f"/calls/{other}/drafts")).json()["drafts"]
    filed = await desk.post(OTHER_AGENT, f"/drafts/{draft['draft_id']}/confirm", confidential=True)
    case_id = filed.json()["case_id"]
    for who, status in ((AGENT, 403), (OTHER_AGENT, 201), (WRITER, 201)):
        assert (await desk.post(who, f"{path}/use", case_id=case_id)).status_code == status, who.id


async def test_the_list_comes_in_pages(desk: Desk) -> None:
    for name in ("a", "b", "c"):
        await desk.post(WRITER, "/knowledge", name=name, language="en", title=name, body="x")
    first = (await desk(WRITER, "GET", "/knowledge?scope=newest&limit=2")).json()
    assert ([row["name"] for row in first["articles"]], first["next"]) == (["a", "b"], "b.en")
    rest = (await desk(WRITER, "GET", "/knowledge?scope=newest&limit=2&after=b.en")).json()
    assert ([row["name"] for row in rest["articles"]], rest["next"]) == (["c"], None)
