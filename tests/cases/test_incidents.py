"""A mass incident: its parent case, what callers hear, and the calls that belong to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.drafting.model import Draft, FieldName, FieldValue, SpokenSegment
from cases.events import CaseState, IncidentChanged
from cases.incidents.model import WITHIN_M, may_belong
from cases.life.model import Case
from cases.ports import CallFacts
from core.actor import Actor, Role
from core.errors import Unavailable
from core.ids import uuid7
from core.place import Position
from core.storage import Storage, Transaction
from tests.cases.rooms import AGENT, DISPATCHER, OTHER_AGENT
from tests.cases.web import Desk, desk_of

SUPERVISOR = Actor("qian", "钱班长", frozenset({Role.SUPERVISOR}))
PEOPLE = (AGENT, OTHER_AGENT, DISPATCHER, SUPERVISOR)
COVER = "gbt30428.2@2013/P0123"
OTHER = "gbt30428.2@2013/P0103"
SAID = "香坊区公滨路五号门口井盖丢了"


@pytest.fixture
async def desk(storage: Storage) -> AsyncIterator[Desk]:
    async with desk_of(storage, PEOPLE) as made:
        yield made


FIELDS = {"category": COVER, "district": "230110", "address": "公滨路5号", "description": "井盖丢了"}


async def started(desk: Desk, **more: object) -> dict[str, Any]:
    body = {"op_id": str(uuid7()), "title": "公滨路井盖", "prompt": "wait-long", "fields": FIELDS, **more}
    answer = await desk(SUPERVISOR, "POST", "/incidents", **body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def drafted(desk: Desk, said: str = SAID) -> tuple[UUID, dict[str, Any]]:
    """A call of AGENT's, and its draft after these words."""
    call_id = desk.on.a_call("15800001111")
    await desk.on.room.drafts.hear(call_id, SpokenSegment(segment_id="s1", speaker="citizen", text=said))
    (draft,) = (await desk(AGENT, "GET", f"/calls/{call_id}/drafts")).json()["drafts"]
    return call_id, draft


async def test_one_act_opens_the_parent_case_and_plays_the_announcement(desk: Desk) -> None:
    told = await started(desk, words="抢修中，预计两小时")
    incident = told["incident"]
    assert told["callers"] == 2
    assert desk.on.announcer.played == ["wait-long"]
    case = (await desk(AGENT, "GET", f"/cases/{incident['case_id']}")).json()
    assert (case["state"], case["address"], case["number"]) == ("filed", "公滨路5号", incident["number"])
    (event,) = [one for one in desk.on.bus.seen if isinstance(one, IncidentChanged)]
    assert event.incident.words == "抢修中，预计两小时"
    listed = (await desk(AGENT, "GET", "/incidents")).json()["incidents"]
    assert [one["incident_id"] for one in listed] == [incident["incident_id"]]


async def test_the_same_press_opens_one(desk: Desk) -> None:
    body = {"op_id": str(uuid7()), "title": "公滨路井盖", "fields": FIELDS}
    first = (await desk(SUPERVISOR, "POST", "/incidents", **body)).json()
    again = (await desk(SUPERVISOR, "POST", "/incidents", **body)).json()
    assert first["incident"]["incident_id"] == again["incident"]["incident_id"]
    assert len((await desk(AGENT, "GET", "/incidents")).json()["incidents"]) == 1


async def test_a_later_draft_is_suggested_it_attaches_and_that_is_undone(desk: Desk) -> None:
    incident = (await started(desk))["incident"]
    call_id, draft = await drafted(desk)
    (suggested,) = [one for one in draft["duplicates"] if one["why"] == "incident"]
    assert suggested["case_id"] == incident["case_id"]
    body = {"call_id": str(call_id), "draft_id": draft["draft_id"]}
    path = f"/incidents/{incident['incident_id']}"
    attached = await desk.post(AGENT, f"{path}/attach", **body)
    assert attached.json()["call_ids"] == [str(call_id)]
    case = (await desk(AGENT, "GET", f"/cases/{incident['case_id']}")).json()
    assert case["call_ids"] == [str(call_id)]
    held = (await desk(AGENT, "GET", f"/drafts/{draft['draft_id']}")).json()
    assert (held["state"], held["case_id"]) == ("confirmed", incident["case_id"])
    assert len((await desk(SUPERVISOR, "GET", "/cases")).json()["cases"]) == 1
    undone = await desk.post(AGENT, f"{path}/detach", call_id=str(call_id))
    assert undone.json()["call_ids"] == []
    back = (await desk(AGENT, "GET", f"/drafts/{draft['draft_id']}")).json()
    assert (back["state"], back["case_id"]) == ("open", None)
    assert back["rev"] > held["rev"]
    assert back["fields"] == draft["fields"]
    assert (await desk(AGENT, "GET", f"/cases/{incident['case_id']}")).json()["call_ids"] == []
    # And once more, in spite of what was undone.
    assert (await desk.post(AGENT, f"{path}/attach", **body)).json()["call_ids"] == [str(call_id)]


async def test_an_incident_begins_with_a_draft_which_belongs_to_it(desk: Desk) -> None:
    call_id, draft = await drafted(desk)
    told = await started(desk, draft_id=draft["draft_id"], fields={})
    assert told["incident"]["call_ids"] == [str(call_id)]
    held = (await desk(AGENT, "GET", f"/drafts/{draft['draft_id']}")).json()
    assert held["case_id"] == told["incident"]["case_id"]


async def test_an_incident_begins_with_an_open_case(desk: Desk) -> None:
    _, draft = await drafted(desk)
    case = (await desk.post(AGENT, f"/drafts/{draft['draft_id']}/confirm")).json()
    told = await started(desk, case_id=case["case_id"], fields={}, prompt="")
    assert (told["incident"]["case_id"], told["callers"]) == (case["case_id"], 0)
    assert desk.on.announcer.played == []
    refused = await desk.post(SUPERVISOR, "/incidents", title="x", case_id=case["case_id"], fields=FIELDS)
    assert refused.status_code == 422


async def test_it_ends_by_an_explicit_act_and_the_one_before_is_heard_again(desk: Desk) -> None:
    first = (await started(desk))["incident"]
    second = (await started(desk, title="另一处"))["incident"]
    assert len(desk.on.announcer.played) == 2
    await desk.post(SUPERVISOR, f"/incidents/{second['incident_id']}/end")
    assert desk.on.announcer.kept[-1][0].startswith(UUID(first["incident_id"]).hex)
    ended = (await desk.post(SUPERVISOR, f"/incidents/{first['incident_id']}/end")).json()["incident"]
    assert ended["ended_by"] == SUPERVISOR.id
    assert desk.on.announcer.kept[-1] == ("", "")
    call_id, draft = await drafted(desk)
    assert "incident" not in {one["why"] for one in draft["duplicates"]}
    late = await desk.post(AGENT, f"/incidents/{first['incident_id']}/attach", call_id=str(call_id))
    assert (late.status_code, late.json()["type"]) == (409, "urn:songhua:problem:incident-over")


async def test_an_announcement_is_changed_and_who_heard_the_first_hears_the_second(desk: Desk) -> None:
    incident = (await started(desk))["incident"]
    before = desk.on.announcer.kept[-1][0]
    await desk.post(SUPERVISOR, f"/incidents/{incident['incident_id']}/announce", prompt="wait-long")
    assert desk.on.announcer.kept[-1][0] != before
    assert len(desk.on.announcer.played) == 2


def untold(desk: Desk) -> bool:
    return desk.on.room.incidents.untold


async def test_without_the_switch_the_incident_is_open_and_the_switch_is_told_later(desk: Desk) -> None:
    desk.on.announcer.away = True
    told = await started(desk)
    assert told["callers"] is None
    assert untold(desk), "the watcher tells it again though the switch never went away"
    assert await desk.on.room.incidents.restore() is False
    desk.on.announcer.away = False
    assert await desk.on.room.incidents.restore() is True
    assert not untold(desk)
    assert [prompt for _, prompt in desk.on.announcer.kept] == ["wait-long"]


async def test_who_may_do_what(desk: Desk) -> None:
    for who in (AGENT, DISPATCHER):
        assert (await desk.post(who, "/incidents", title="x", fields=FIELDS)).status_code == 403
    incident = (await started(desk))["incident"]
    path = f"/incidents/{incident['incident_id']}"
    call_id, draft = await drafted(desk)
    body = {"call_id": str(call_id), "draft_id": draft["draft_id"]}
    assert (await desk.post(AGENT, f"{path}/end")).status_code == 403
    assert (await desk.post(OTHER_AGENT, f"{path}/attach", **body)).status_code == 403
    # A supervisor took no part in the call: its draft is in the agent's hand.
    refused = await desk.post(SUPERVISOR, f"{path}/attach", **body)
    assert refused.json()["type"] == "urn:songhua:problem:draft-not-in-hand"
    other_call, _ = await drafted(desk)
    mixed = await desk.post(AGENT, f"{path}/attach", call_id=str(other_call), draft_id=draft["draft_id"])
    assert mixed.status_code == 422
    unknown = await desk.post(SUPERVISOR, "/incidents", title="x", prompt="no-such", fields=FIELDS)
    assert unknown.status_code == 404
    for bad in ("../x", "A", "a b"):
        assert (await desk.post(SUPERVISOR, f"{path}/announce", prompt=bad)).status_code == 422


async def test_an_incident_is_open_and_played_though_its_call_was_not_attached(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, draft = await drafted(desk)

    async def away(*_args: object) -> None:
        raise Unavailable

    monkeypatch.setattr(desk.on.room.incidents, "_attach", away)
    told = await started(desk, draft_id=draft["draft_id"], fields={})
    assert (told["callers"], told["incident"]["call_ids"]) == (2, [])
    assert desk.on.announcer.played == ["wait-long"]


async def test_a_second_press_plays_what_the_first_did_not_and_only_that(desk: Desk) -> None:
    op_id = str(uuid7())
    desk.on.announcer.away = True
    incident = (await started(desk, op_id=op_id))["incident"]
    desk.on.announcer.away = False
    assert (await started(desk, op_id=op_id))["callers"] == 2
    assert (await started(desk, op_id=op_id))["callers"] == 0
    path, op_id = f"/incidents/{incident['incident_id']}/announce", str(uuid7())
    desk.on.announcer.away = True
    await desk(SUPERVISOR, "POST", path, op_id=op_id, prompt="wait-long")
    desk.on.announcer.away = False
    for _ in range(2):
        await desk(SUPERVISOR, "POST", path, op_id=op_id, prompt="wait-long")
    assert desk.on.announcer.played == ["wait-long"] * 2


async def test_nothing_confidential_becomes_a_mass_incident(desk: Desk) -> None:
    call_id, draft = await drafted(desk)
    desk.on.calls.facts_of[call_id] = CallFacts("15800001111", True)
    case = (await desk.post(AGENT, f"/drafts/{draft['draft_id']}/confirm")).json()
    _, other = await drafted(desk)
    desk.on.calls.facts_of[UUID(other["call_id"])] = CallFacts("15800001111", True)
    for beginning in ({"case_id": case["case_id"]}, {"draft_id": other["draft_id"]}):
        refused = await desk.post(SUPERVISOR, "/incidents", title="x", **beginning)
        assert (refused.status_code, refused.json()["type"]) == (
            409, "urn:songhua:problem:incident-confidential",
        )  # fmt: skip
    assert (await desk(SUPERVISOR, "GET", "/incidents")).json()["incidents"] == []


async def test_a_call_is_not_attached_to_a_case_that_its_agent_sees_masked(desk: Desk) -> None:
    incident = (await started(desk))["incident"]
    await desk.post(SUPERVISOR, f"/cases/{incident['case_id']}/confidential", confidential=True)
    call_id, _ = await drafted(desk)
    path = f"/incidents/{incident['incident_id']}/attach"
    refused = await desk.post(AGENT, path, call_id=str(call_id))
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:songhua:problem:not-your-case")


async def test_what_is_played_is_what_is_true_when_the_switch_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is ended while its announcement is on its way to a slow switch, and while another one waits."""
    announcer, inside, most = desk.on.announcer, 0, 0
    keep = announcer.keep

    async def slow(name: str, prompt: str) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0.2)
        await keep(name, prompt)
        inside -= 1

    first = (await started(desk))["incident"]
    monkeypatch.setattr(announcer, "keep", slow)
    path = f"/incidents/{first['incident_id']}"
    again = [
        asyncio.create_task(desk.post(SUPERVISOR, f"{path}/announce", prompt="wait-long")) for _ in range(3)
    ]
    await asyncio.sleep(0.1)
    await desk.post(SUPERVISOR, f"{path}/end")
    await asyncio.gather(*again)
    assert most == 1
    assert announcer.kept[-1] == ("", "")


async def test_a_draft_is_attached_and_detached_on_one_connection(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = (await started(desk))["incident"]
    call_id, draft = await drafted(desk)
    storage, inside = desk.on.storage, 0
    write, read = storage.write, storage.read

    @asynccontextmanager
    async def writing() -> AsyncIterator[Transaction]:
        nonlocal inside
        async with write() as transaction:
            inside += 1
            yield transaction
            inside -= 1

    def reading() -> AbstractAsyncContextManager[AsyncConnection]:
        assert inside == 0, "a second connection within a transaction"
        return read()

    monkeypatch.setattr(storage, "write", writing)
    monkeypatch.setattr(storage, "read", reading)
    path = f"/incidents/{incident['incident_id']}"
    body = {"call_id": str(call_id), "draft_id": draft["draft_id"]}
    assert (await desk.post(AGENT, f"{path}/attach", **body)).status_code == 200
    assert (await desk.post(AGENT, f"{path}/detach", call_id=str(call_id))).status_code == 200


# --- the rule that suggests --------------------------------------------------------------------------


NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def parent(**more: Any) -> Case:
    return Case(
        case_id=uuid7(), number="n", spoken_code="1", state=CaseState.FILED, category=COVER,
        district="230110", address="公滨路5号", crossing=None, description="", urgency=None, handoff=None,
        confidential=False, filed_at=NOON, filed_by="qian", updated_at=NOON, **more,
    )  # fmt: skip


def draft_of(**values: str) -> Draft:
    fields = {FieldName(name): FieldValue(value=value) for name, value in values.items()}
    return Draft(draft_id=uuid7(), fields=fields)


@pytest.mark.parametrize(
    ("values", "belongs"),
    [
        ({"category": COVER}, True),
        ({"category": COVER, "district": "230110"}, True),
        ({"category": COVER, "district": "230102"}, False),
        ({"category": OTHER, "address": "公滨路5号"}, False),
        ({"address": "公滨路9号"}, True),
        ({"address": "友谊路9号"}, False),
        ({"category": COVER, "address": "友谊路9号"}, True),
        ({}, False),
    ],
)
def test_the_same_class_not_elsewhere_or_the_same_street(values: dict[str, str], belongs: bool) -> None:
    assert may_belong(parent(), draft_of(**values), None) is belongs


@given(st.floats(-0.2, 0.2), st.floats(0.1, 500))
def test_by_position_what_is_near_belongs_and_what_is_far_does_not(north: float, accuracy_m: float) -> None:
    there = parent(lon=126.65, lat=45.75, accuracy_m=20.0)
    position = Position(lon=126.65, lat=45.75 + north, accuracy_m=accuracy_m)
    metres = abs(north) * 111_195
    same_class, no_class = draft_of(category=COVER), draft_of()
    if metres < WITHIN_M:
        assert may_belong(there, same_class, position)
        assert may_belong(there, no_class, position)
    if metres > 2 * WITHIN_M + accuracy_m + 100:
        assert not may_belong(there, same_class, position)
    assert not may_belong(there, draft_of(category=OTHER), position)
