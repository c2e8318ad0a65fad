"""The routes as a desk calls them: shapes, rights, and what a confidential case hides."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest

from cases.drafting.model import SpokenSegment
from cases.errors import NoSuchCase, NotYourCase
from cases.events import PositionSource
from cases.life import store as case_store
from core.actor import Actor, Role
from core.events import MASK
from core.ids import uuid7
from core.storage import Storage
from tests.cases.rooms import ACCEPTOR, ADMIN, AGENT, DISPATCHER, OTHER_AGENT
from tests.cases.web import Desk, desk_of

SUPERVISOR = Actor("qian", "钱班长", frozenset({Role.SUPERVISOR}))
PEOPLE = (AGENT, OTHER_AGENT, DISPATCHER, ACCEPTOR, ADMIN, SUPERVISOR)


@pytest.fixture
async def desk(storage: Storage) -> AsyncIterator[Desk]:
    async with desk_of(storage, PEOPLE) as made:
        yield made


async def filed(desk: Desk, *, confidential: bool = False) -> dict[str, object]:
    call_id = desk.on.a_call()
    text = "香坊区公滨路五号门口井盖丢了"
    await desk.on.room.drafts.hear(call_id, SpokenSegment(segment_id="s1", speaker="citizen", text=text))
    (draft,) = (await desk(AGENT, "GET", f"/calls/{call_id}/drafts")).json()["drafts"]
    answer = await desk.post(AGENT, f"/drafts/{draft['draft_id']}/confirm", confidential=confidential)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_draft_is_read_corrected_and_confirmed(desk: Desk) -> None:
    call_id = desk.on.a_call()
    made = await desk.post(AGENT, f"/calls/{call_id}/drafts")
    assert made.status_code == 201
    draft = made.json()
    assert (draft["state"], draft["case_id"], draft["call_id"]) == ("open", None, str(call_id))
    path = f"/drafts/{draft['draft_id']}"
    edit = {"op_id": str(uuid7()), "field": "category", "value": "gbt30428.2@2013/P0123", "rev": 0}
    edited = (await desk(AGENT, "PATCH", path, **edit)).json()
    written_at = edited["fields"]["category"].pop("at")
    assert edited["fields"]["category"] == {
        "value": "gbt30428.2@2013/P0123", "confidence": 1.0, "shown": "sure", "evidence": [],
        "runner_up": None, "others": [], "by": "agent", "rev": 1, "detail": {}, "author": "wang",
        "author_name": "王坐席", "earlier": [],
    }  # fmt: skip
    assert written_at is not None
    stale = {**edit, "op_id": str(uuid7()), "value": None}
    refused = await desk(AGENT, "PATCH", path, **stale)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:songhua:problem:stale-field")
    incomplete = await desk.post(AGENT, f"{path}/confirm")
    assert (incomplete.status_code, incomplete.json()["missing"]) == (422, "address,description")
    await desk(AGENT, "PATCH", path, op_id=str(uuid7()), field="address", value="公滨路5号", rev=0)
    case = (await desk.post(AGENT, f"{path}/confirm")).json()
    assert (case["state"], case["address"], case["call_ids"]) == ("filed", "公滨路5号", [str(call_id)])
    after = (await desk(AGENT, "GET", path)).json()
    assert (after["state"], after["case_id"]) == ("confirmed", case["case_id"])


@pytest.mark.parametrize(
    ("field", "value"),
    [("category", "P0123"), ("district", "999999"), ("urgency", "very"), ("handoff", "911"), ("intent", "x")],
)
async def test_a_value_that_the_field_does_not_know_is_refused(desk: Desk, field: str, value: str) -> None:
    draft = (await desk.post(AGENT, f"/calls/{desk.on.a_call()}/drafts")).json()
    body = {"op_id": str(uuid7()), "field": field, "value": value, "rev": 0}
    answer = await desk(AGENT, "PATCH", f"/drafts/{draft['draft_id']}", **body)
    assert answer.status_code == 422


async def test_a_case_is_dispatched_recalled_verified_and_closed(desk: Desk) -> None:
    case = await filed(desk)
    path = f"/cases/{case['case_id']}"
    sent = await desk.post(DISPATCHER, f"{path}/dispatch", unit_id="app:17")
    assert (sent.status_code, sent.json()["step"]) == (201, "queued")
    recalled = await desk.post(
        DISPATCHER, f"/dispatches/{sent.json()['dispatch_id']}/recall", reason="派错了"
    )
    assert recalled.json()["step"] == "recalled"
    done = await desk.post(DISPATCHER, f"{path}/done")
    assert done.json()["state"] == "done"
    listed = (await desk(ACCEPTOR, "GET", "/cases?state=done&state=verified")).json()["cases"]
    assert [one["case_id"] for one in listed] == [case["case_id"]]
    assert (await desk.post(ACCEPTOR, f"{path}/verify", note="看过了")).json()["acceptor"] == "li"
    reopened = (await desk.post(ACCEPTOR, f"{path}/reopen", note="又坏了")).json()
    assert (reopened["state"], reopened["acceptor"]) == ("filed", None)
    assert (await desk.post(DISPATCHER, f"{path}/done")).json()["acceptor"] is None
    assert (await desk.post(ACCEPTOR, f"{path}/verify", note="修好了")).json()["acceptor"] == "li"
    no_note = await desk.post(ACCEPTOR, f"{path}/close", note="")
    assert (no_note.status_code, no_note.json()["type"]) == (422, "urn:songhua:problem:reason-missing")
    closed = await desk.post(ACCEPTOR, f"{path}/close", note="已恢复", condition="restored")
    assert closed.json()["state"] == "closed"
    acts = [entry["act"] for entry in (await desk(ACCEPTOR, "GET", f"{path}/history")).json()["history"]]
    assert acts[-1] == "close"


async def test_cases_are_found_by_number_place_code_and_district(desk: Desk) -> None:
    case = await filed(desk)
    for query in ("公滨路", str(case["number"])[-8:], str(case["spoken_code"]), "井盖"):
        found = (await desk(AGENT, "GET", f"/cases?q={query}")).json()["cases"]
        assert [one["case_id"] for one in found] == [case["case_id"]], query
    assert (await desk(AGENT, "GET", "/cases?q=%25")).json()["cases"] == []
    assert (await desk(AGENT, "GET", "/cases?district=230102")).json()["cases"] == []


async def test_a_confidential_case_hides_the_citizens_words_from_those_who_do_not_handle_it(
    desk: Desk,
) -> None:
    case = await filed(desk, confidential=True)
    path = f"/cases/{case['case_id']}"
    for who in (AGENT, DISPATCHER, ACCEPTOR):
        assert (await desk(who, "GET", path)).json()["address"] == "公滨路5号"
    for who in (OTHER_AGENT, ADMIN):
        seen = (await desk(who, "GET", path)).json()
        assert (seen["address"], seen["description"], seen["number"]) == (MASK, MASK, case["number"])


async def test_roles_of_routes(desk: Desk) -> None:
    case = await filed(desk)
    for who, path in ((AGENT, "verify"), (DISPATCHER, "close"), (ACCEPTOR, "cancel")):
        assert (await desk.post(who, f"/cases/{case['case_id']}/{path}", note="x")).status_code == 403
    assert (await desk.post(DISPATCHER, f"/calls/{uuid7()}/drafts")).status_code == 403
    assert (await desk(AGENT, "GET", f"/cases/{UUID(int=5)}")).status_code == 404
    assert (await desk.post(AGENT, f"/cases/{case['case_id']}/explode")).status_code == 422


async def test_a_draft_is_for_the_agents_of_its_call_and_supervisors(desk: Desk) -> None:
    call_id = desk.on.a_call(agent=AGENT)
    drafts = f"/calls/{call_id}/drafts"
    draft = (await desk.post(AGENT, drafts)).json()
    one = f"/drafts/{draft['draft_id']}"
    edit = {"op_id": str(uuid7()), "field": "category", "value": "gbt30428.2@2013/P0123", "rev": 0}
    refused = [
        await desk(OTHER_AGENT, "GET", drafts),
        await desk.post(OTHER_AGENT, drafts),
        await desk(OTHER_AGENT, "GET", one),
        await desk(OTHER_AGENT, "PATCH", one, **edit),
        await desk.post(OTHER_AGENT, f"{one}/further", category="gbt30428.2@2013/P0123"),
        await desk.post(OTHER_AGENT, f"{one}/confirm"),
        await desk.post(OTHER_AGENT, f"{one}/discard"),
        await desk.post(OTHER_AGENT, f"{one}/take-over"),
    ]
    assert {(a.status_code, a.json()["type"]) for a in refused} == {
        (403, "urn:songhua:problem:not-your-call")
    }
    assert (await desk(AGENT, "GET", drafts)).json()["drafts"] == [draft]
    # The colleague to whom the call is handed on has its draft, and so has a supervisor.
    desk.on.calls.agents[call_id].add(OTHER_AGENT.id)
    for who in (AGENT, OTHER_AGENT, SUPERVISOR):
        assert (await desk(who, "GET", one)).json() == draft
        assert (await desk(who, "GET", drafts)).status_code == 200
    assert (await desk(OTHER_AGENT, "PATCH", one, **edit)).status_code == 200
    assert (await desk.post(OTHER_AGENT, f"{one}/discard")).status_code == 200


async def test_the_catalogue_and_the_districts_come_with_their_scheme(desk: Desk) -> None:
    answer = (await desk(AGENT, "GET", "/catalogue")).json()
    assert (answer["scheme"], answer["version"], len(answer["districts"])) == ("gbt30428.2", "2013", 18)
    row = next(row for row in answer["rows"] if row["code"] == "P0123")
    assert (row["id"], row["major_zh"]) == ("gbt30428.2@2013/P0123", "公用设施")
    assert "缺失、移位: 2紧急工作时" in row["limits"]


async def test_a_link_is_made_over_http(desk: Desk) -> None:
    case = await filed(desk)
    call_id = desk.on.a_call()
    linked = await desk.post(AGENT, f"/cases/{case['case_id']}/calls", call_id=str(call_id))
    assert str(call_id) in linked.json()["call_ids"]
    hidden = await desk.post(AGENT, f"/cases/{case['case_id']}/confidential", confidential=True)
    assert hidden.json()["confidential"] is True


async def test_only_a_supervisor_opens_a_confidential_case_again(desk: Desk) -> None:
    case = await filed(desk, confidential=True)
    path = f"/cases/{case['case_id']}/confidential"
    for who in (AGENT, OTHER_AGENT, DISPATCHER):
        assert (await desk.post(who, path, confidential=False)).status_code == 403
    assert (await desk(OTHER_AGENT, "GET", f"/cases/{case['case_id']}")).json()["address"] == MASK
    assert (await desk.post(SUPERVISOR, path, confidential=False)).json()["confidential"] is False


async def test_who_sees_a_case_masked_changes_nothing_in_it(desk: Desk) -> None:
    case = await filed(desk, confidential=True)
    call_id = desk.on.a_call(agent=OTHER_AGENT)
    refused = [
        await desk.post(OTHER_AGENT, f"/cases/{case['case_id']}/calls", call_id=str(call_id)),
        await desk.post(OTHER_AGENT, f"/cases/{case['case_id']}/confidential", confidential=True),
    ]
    path = f"/cases/{case['case_id']}/dispatch"
    refused.append(await desk.post(OTHER_AGENT, path, unit_id="app:18"))
    sent = (await desk.post(AGENT, path, unit_id="app:17")).json()["dispatch_id"]
    job = f"/dispatches/{sent}"
    refused.append(await desk.post(OTHER_AGENT, f"{job}/recall", reason="x"))
    refused.append(await desk.post(OTHER_AGENT, f"{job}/reassign", unit_id="app:18", reason="x"))
    assert [one.json()["type"] for one in refused] == ["urn:songhua:problem:not-your-case"] * 5
    with pytest.raises(NotYourCase):
        await desk.on.room.cases.require(OTHER_AGENT, [UUID(str(case["case_id"]))])
    await desk.on.room.cases.require(AGENT, [UUID(str(case["case_id"]))])
    with pytest.raises(NoSuchCase):
        await desk.on.room.cases.require(SUPERVISOR, [uuid7()])


async def test_a_call_that_never_was_and_one_of_somebody_else_are_linked_to_no_case(desk: Desk) -> None:
    case = await filed(desk)
    path = f"/cases/{case['case_id']}/calls"
    assert (await desk.post(SUPERVISOR, path, call_id=str(uuid7()))).status_code == 404
    strange = desk.on.a_call(agent=OTHER_AGENT)
    assert (await desk.post(AGENT, path, call_id=str(strange))).status_code == 403
    assert (await desk(AGENT, "GET", f"/cases/{case['case_id']}")).json()["call_ids"] == case["call_ids"]


async def test_masked_words_find_nothing(desk: Desk) -> None:
    case = await filed(desk, confidential=True)
    assert (await desk(OTHER_AGENT, "GET", "/cases?q=公滨路")).json()["cases"] == []
    assert len((await desk(AGENT, "GET", "/cases?q=公滨路")).json()["cases"]) == 1
    assert len((await desk(OTHER_AGENT, "GET", "/cases")).json()["cases"]) == 1
    assert case["confidential"] is True


async def test_the_gazetteer_is_searched(desk: Desk) -> None:
    places = (await desk(AGENT, "GET", "/gazetteer/search?q=学府")).json()["places"]
    assert places[0]["name_zh"] == "学府路"
    assert (places[0]["synthetic"], places[0]["lon"] is None) == (True, False)


async def test_where_open_cases_are_is_for_those_who_command(desk: Desk) -> None:
    case = await filed(desk)
    by_gazetteer = await desk(DISPATCHER, "GET", "/cases/positions")
    assert by_gazetteer.status_code == 200
    # The position of its street is invented, and no better than the row says.
    (invented,) = by_gazetteer.json()["positions"]
    assert (invented["accuracy_m"], invented["invented"]) == (5000.0, True)
    case_id = UUID(str(case["case_id"]))
    async with desk.on.storage.write() as transaction:
        found = await case_store.get(transaction.connection, case_id)
        moved = replace(
            found, lon=126.7, lat=45.7, accuracy_m=20.0, position_source=PositionSource.UNIT
        )  # fmt: skip
        await case_store.move(transaction.connection, moved)
    place = {"case_id": case["case_id"], "lon": 126.7, "lat": 45.7, "accuracy_m": 20.0, "invented": False}
    for who in (DISPATCHER, SUPERVISOR):
        assert (await desk(who, "GET", "/cases/positions")).json() == {"positions": [place]}
    for who in (AGENT, ACCEPTOR, ADMIN):
        assert (await desk(who, "GET", "/cases/positions")).status_code == 403
    await desk.post(DISPATCHER, f"/cases/{case['case_id']}/cancel", note="误报")
    assert (await desk(DISPATCHER, "GET", "/cases/positions")).json() == {"positions": []}
