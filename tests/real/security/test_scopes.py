"""Who is limited to queues, districts or talkgroups sees and does nothing outside of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import pytest
import pytest_asyncio

from core.actor import Role
from tests.real.security.centre_world import CentreWorld, centre_world

pytestmark = [pytest.mark.real, pytest.mark.computes, pytest.mark.asyncio(loop_scope="module")]

PEOPLE = {
    "li.na": frozenset({Role.AGENT}),
    "wang.fang": frozenset({Role.AGENT}),
    "chief": frozenset({Role.SUPERVISOR, Role.DISPATCHER}),
    "admin": frozenset({Role.ADMIN}),
}
QUEUE, DISTRICT = "hotline", "230102"
"""Of the calls and cases of the world."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[CentreWorld]:
    async with centre_world(tmp_path_factory.mktemp("scopes"), PEOPLE) as world:
        group = {"tg_id": "app:9", "name_zh": "九", "name_en": "nine", "tg_class": "internal"}
        await post(world, "chief", "/api/talkgroups", **group)
        yield world


async def post(world: CentreWorld, who: str, path: str, **body: Any) -> httpx.Response:
    return await world.ask(who, "POST", path, json={"op_id": str(uuid4()), **body})


async def limit(world: CentreWorld, who: str, **scopes: list[str]) -> None:
    answer = await post(world, "admin", f"/api/users/{who}/scopes", scopes=scopes)
    assert answer.status_code == 200, answer.text
    await world.sign_in(who)


async def seen(world: CentreWorld, who: str) -> dict[str, int]:
    """How many of each list he sees."""
    lists = ("calls", "queues", "cases", "talkgroups")
    found = {name: len((await world.ask(who, "GET", f"/api/{name}")).json()[name]) for name in lists}
    board = (await world.ask(who, "GET", "/api/board")).json()
    return {**found, "board": len(board["queues"]), "answered": board["total"]["answered_24h"]}


async def test_without_scopes_everything_is_seen_and_with_the_own_ones_the_same(world: CentreWorld) -> None:
    await limit(world, "chief")
    everything = await seen(world, "chief")
    assert everything["calls"] == 2
    assert everything["cases"] == 2
    await limit(world, "chief", queue=[QUEUE], district=[DISTRICT], talkgroup=["app:9"])
    assert await seen(world, "chief") == everything


async def test_outside_nothing_is_seen_and_nothing_can_be_done(world: CentreWorld) -> None:
    await limit(world, "chief", queue=["english"], district=["230199"], talkgroup=["app:1"])
    nothing = {"calls": 0, "queues": 0, "cases": 0, "talkgroups": 0, "board": 0, "answered": 0}
    assert await seen(world, "chief") == nothing
    call, case = world.theirs.call, world.theirs.case
    before = await world.settled()
    acts: dict[str, dict[str, Any]] = {
        f"/api/calls/{call}/monitor": {},
        f"/api/calls/{call}/hangup": {"whole": True},
        f"/api/calls/{call}/disposition": {"kind": "enquiry"},
        f"/api/cases/{case}/cancel": {"note": "x"},
        f"/api/cases/{case}/dispatch": {"unit_id": "app:1"},
        f"/api/cases/{case}/confidential": {"confidential": False},
        "/api/agents/wang.fang/state": {"state": "busy", "reason": "coaching"},
        "/api/floors/app:9/request": {},
        "/api/patches": {"talkgroup": "app:9", "call_id": str(call)},
        "/api/talkgroups/app:9/members": {"add": []},
        "/api/callbacks": {"number": "13936001234", "queue": QUEUE},
    }
    refused = {path: (await post(world, "chief", path, **body)).json() for path, body in acts.items()}
    assert {path: said["type"].rsplit(":", 1)[1] for path, said in refused.items()} == dict.fromkeys(
        acts, "out-of-scope"
    )
    for path in (f"/api/cases/{case}", f"/api/cases/{case}/history", "/api/talkgroups/app:9/recall/talks"):
        assert (await world.ask("chief", "GET", path)).status_code == 403, path
    assert (await world.ask("chief", "GET", f"/api/calls/{call}")).status_code == 404
    assert (
        await world.ask("chief", "GET", "/api/reports/queues?from=2026-01-01&to=2026-01-02")
    ).status_code == 403
    assert await world.state() == before


async def test_an_agent_keeps_his_own_call_and_case_in_any_scope(world: CentreWorld) -> None:
    await limit(world, "li.na", queue=["english"], district=["230199"])
    found = await seen(world, "li.na")
    assert (found["calls"], found["cases"]) == (1, 1)
    own = (await world.ask("li.na", "GET", "/api/calls")).json()["calls"][0]
    assert own["call_id"] == str(world.mine.call)
    assert (await world.ask("li.na", "GET", f"/api/cases/{world.mine.case}")).status_code == 200
    await limit(world, "li.na")
    assert (await seen(world, "li.na"))["calls"] == 2


async def test_scopes_are_checked_listed_and_for_admins_alone(world: CentreWorld) -> None:
    await limit(world, "wang.fang", department=["roads"], queue=["b", "a"])
    kept = (await world.ask("admin", "GET", "/api/users/wang.fang/scopes")).json()
    assert kept == {"id": "wang.fang", "scopes": {"queue": ["a", "b"], "department": ["roads"]}}
    listed = (await world.ask("admin", "GET", "/api/users")).json()["users"]
    assert next(one for one in listed if one["id"] == "wang.fang")["scopes"] == kept["scopes"]
    for wrong in ({"district": ["dao li"]}, {"street": ["a"]}, {"talkgroup": ["9"]}):
        assert (await post(world, "admin", "/api/users/wang.fang/scopes", scopes=wrong)).status_code == 422
    assert (await post(world, "chief", "/api/users/wang.fang/scopes", scopes={})).status_code == 403
    await limit(world, "wang.fang")
