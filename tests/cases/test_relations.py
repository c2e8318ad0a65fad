"""Splitting a case with several problems, and relations between cases, each undone by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from cases.errors import WrongStep
from cases.events import CaseView, RelationKind
from core.ids import uuid7
from core.storage import Storage
from tests.cases.rooms import ACCEPTOR, AGENT, DISPATCHER, OTHER_AGENT
from tests.cases.test_merging import PEOPLE, SUPERVISOR, a_case, merge, now
from tests.cases.web import Desk, desk_of

LAMP = "gbt30428.2@2013/P0103"
FIELDS = {"category": LAMP, "description": "路灯不亮"}


@pytest.fixture
async def desk(any_storage: Storage) -> AsyncIterator[Desk]:
    async with desk_of(any_storage, PEOPLE) as made:
        yield made


async def related(desk: Desk, one: CaseView, other: CaseView, kind: str = "cause") -> dict[str, Any]:
    version = (await now(desk.on, one)).version
    body = {"other_id": str(other.case_id), "kind": kind, "version": version, "reason": "管道漏水"}
    answer = await desk.post(DISPATCHER, f"/cases/{one.case_id}/relations", **body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_split_case_has_its_own_fields_and_the_chosen_calls(desk: Desk) -> None:
    on = desk.on
    case = await a_case(on)
    calls = [str(one) for one in case.call_ids]
    body = {"version": case.version, "reason": "另有路灯不亮", "fields": FIELDS, "call_ids": calls}
    op_id = str(uuid7())
    for _ in range(2):
        answer = await desk(AGENT, "POST", f"/cases/{case.case_id}/split", op_id=op_id, **body)
        assert answer.status_code == 201, answer.text
    new = answer.json()
    assert (new["state"], new["category"], new["description"]) == ("filed", LAMP, "路灯不亮")
    assert (new["address"], new["district"]) == (case.address, case.district), "the place of the first one"
    assert new["call_ids"] == calls
    assert new["deadline"] is not None
    (relation,) = new["relations"]
    assert (relation["kind"], relation["forward"]) == ("split", True)
    assert relation["other"]["number"] == case.number
    first = await now(on, case)
    assert [one.other.number for one in first.relations] == [new["number"]]
    assert [str(one) for one in first.call_ids] == calls
    assert (await on.room.cases.history(case.case_id))[-1].act == "split"
    assert on.audited.acts[-1][:2] == ("wang", "split-case")


async def test_what_a_split_refuses_is_done_in_no_part(desk: Desk) -> None:
    on = desk.on
    case, other = await a_case(on), await a_case(on)
    path, right = f"/cases/{case.case_id}/split", {"version": case.version, "reason": "另有路灯"}
    strange = {**right, "fields": FIELDS, "call_ids": [str(other.call_ids[0])]}
    assert (await desk.post(DISPATCHER, path, **strange)).status_code == 404
    assert (await desk.post(DISPATCHER, path, **right, fields={"category": "x@1/X1"})).status_code == 422
    stale = {"version": case.version - 1, "reason": "x", "fields": FIELDS}
    assert (await desk.post(DISPATCHER, path, **stale)).status_code == 409
    assert (await desk.post(OTHER_AGENT, path, **right, fields=FIELDS)).status_code == 403
    assert (await desk.post(ACCEPTOR, path, **right, fields=FIELDS)).status_code == 403
    await merge(on, case, other)
    right["version"] = (await now(on, case)).version
    assert (await desk.post(DISPATCHER, path, **right, fields=FIELDS)).status_code == 409
    assert len((await on.room.cases.find())[0]) == 2


async def test_a_split_is_undone_by_merging_it_back(desk: Desk) -> None:
    on = desk.on
    case = await a_case(on)
    body = {"version": case.version, "reason": "另有路灯", "fields": FIELDS}
    new = (await desk.post(SUPERVISOR, f"/cases/{case.case_id}/split", **body)).json()
    split = await on.room.cases.get(UUID(new["case_id"]))
    await merge(on, split, case)
    assert [one.number for one in (await now(on, case)).merged] == [new["number"]]


async def test_two_cases_are_related_once_and_both_show_it_until_it_is_undone(desk: Desk) -> None:
    on = desk.on
    one, other = await a_case(on), await a_case(on)
    await related(desk, one, other)
    shown = await related(desk, one, other)
    (relation,) = shown["relations"]
    assert (relation["kind"], relation["forward"], relation["reason"]) == ("cause", True, "管道漏水")
    (back,) = (await now(on, other)).relations
    assert (back.forward, back.other.number) == (False, one.number)
    assert [line.act for line in await on.room.cases.history(other.case_id)].count("relate") == 1
    path = f"/cases/{other.case_id}/relations/{relation['relation_id']}/undo"
    version = (await now(on, other)).version
    done = await desk.post(DISPATCHER, path, version=version, reason="不是同一原因")
    assert (done.status_code, done.json()["relations"]) == (200, []), done.text
    assert (await now(on, one)).relations == []
    again = await desk.post(DISPATCHER, path, version=done.json()["version"], reason="x")
    assert (again.status_code, again.json()["type"]) == (404, "urn:songhua:problem:no-such-relation")


async def test_a_case_has_no_relation_with_itself_and_not_too_many(desk: Desk) -> None:
    on = desk.on
    one, other, third = await a_case(on), await a_case(on), await a_case(on)
    itself = {"other_id": str(one.case_id), "kind": "cause", "version": one.version, "reason": "x"}
    assert (await desk.post(DISPATCHER, f"/cases/{one.case_id}/relations", **itself)).status_code == 409
    await related(desk, one, other, "follows")
    bounded = replace(on.room.relations, most=1)
    version = (await now(on, one)).version
    with pytest.raises(WrongStep, match="too many"):
        await bounded.relate(
            one.case_id, third.case_id, RelationKind.SAME_PLACE, version=version, reason="x", op_id=uuid7(),
            actor=DISPATCHER,
        )  # fmt: skip
