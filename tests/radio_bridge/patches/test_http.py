"""The routes of patches: which kind is begun, ended and keyed, and who may see them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

import pytest
from fastapi import FastAPI, Request
from httpx2 import ASGITransport, AsyncClient, Response

from core.actor import Actor, Role
from core.ids import uuid7
from core.routes import add_routes
from gateway.web import problems
from radio_bridge.switch.conference.model import ConferenceLeg
from radio_bridge.switch.patches.groups import GroupPatch, GroupPatches
from radio_bridge.switch.patches.http import router
from radio_bridge.switch.patches.service import Patch, Patches

GROUP, OTHER, CALL = "app:one", "svx:2", uuid7()
TALKING = Patch(GROUP, CALL, ConferenceLeg("PJSIP/trunk-1", "phone", voice=True), talking=True)


@dataclass
class SimulatedPatches:
    """Notes what is asked of it; `outcome` is its answer."""

    there: list[Any] = field(default_factory=list)
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    outcome: str = "done"

    def patches(self) -> list[Any]:
        return self.there

    def has(self, group: str, op_id: UUID) -> bool:
        del op_id
        return any(group == one.group for one in self.there)

    async def begin(self, actor: Actor, *what: object, **how: object) -> str:
        self.asked.append(("begin", actor.id, *what, *how.values()))
        return self.outcome

    async def end(self, actor: Actor, *what: object) -> str:
        self.asked.append(("end", actor.id, *what))
        return self.outcome

    async def press(self, actor: Actor, group: str, *, down: bool) -> Patch:
        self.asked.append(("press", actor.id, group, down))
        return TALKING


class Web:
    def __init__(self) -> None:
        self.phones, self.groups = SimulatedPatches(), SimulatedPatches()
        self.app = FastAPI()
        problems.install(self.app)
        routes = router(cast("Patches", self.phones), cast("GroupPatches", self.groups), self._user)
        add_routes(self.app.router, routes, "/api")
        self.role = Role.DISPATCHER

    async def _user(self, _request: Request) -> Actor:
        return Actor("anna", "Anna", frozenset({self.role}))

    async def ask(self, method: str, path: str, body: object = None) -> Response:
        async with AsyncClient(transport=ASGITransport(self.app), base_url="http://desk") as client:
            return await client.request(method, f"/api/patches{path}", json=body)


async def test_both_kinds_are_seen_with_what_each_is_patched_to() -> None:
    web = Web()
    web.phones.there, web.groups.there = [TALKING], [GroupPatch("app:two", OTHER)]
    phone, group = (await web.ask("GET", "")).json()["patches"]
    assert phone == {
        "talkgroup": GROUP, "call_id": str(CALL), "other": None, "talking": True, "keying": "voice",
    }  # fmt: skip
    assert (group["talkgroup"], group["call_id"], group["other"]) == ("app:two", None, OTHER)


@pytest.mark.parametrize(("role", "status"), [(Role.AGENT, 200), (Role.SUPERVISOR, 200), (Role.UNIT, 403)])
async def test_people_at_desks_see_them_and_units_do_not(role: Role, status: int) -> None:
    web = Web()
    web.role = role
    assert (await web.ask("GET", "")).status_code == status


async def test_a_call_is_patched_with_its_way_of_talking_and_a_talkgroup_with_another() -> None:
    web, op = Web(), uuid7()
    web.phones.outcome = "uncertain"
    body = {"op_id": str(op), "talkgroup": GROUP}
    made = await web.ask("POST", "", {**body, "call_id": str(CALL), "keying": "voice"})
    assert (made.status_code, made.json()) == (201, {**body, "outcome": "uncertain"})
    await web.ask("POST", "", {**body, "call_id": str(CALL)})
    assert web.phones.asked == [("begin", "anna", GROUP, CALL, op, voice) for voice in (True, False)]
    assert (await web.ask("POST", "", {**body, "other": OTHER})).json()["outcome"] == "done"
    assert web.groups.asked == [("begin", "anna", GROUP, OTHER, op)]


@pytest.mark.parametrize(
    "what", [{}, {"call_id": str(CALL), "other": OTHER}, {"other": OTHER, "keying": "voice"}]
)
async def test_it_is_one_of_the_two_and_only_a_telephone_talks_by_voice(what: dict[str, str]) -> None:
    web = Web()
    refused = await web.ask("POST", "", {"op_id": str(uuid7()), "talkgroup": GROUP, **what})
    assert refused.status_code == 422
    assert web.phones.asked == web.groups.asked == []


async def test_the_kind_that_is_there_is_ended() -> None:
    web, op = Web(), uuid7()
    web.groups.there = [GroupPatch("app:two", OTHER)]
    for group in ("app:two", GROUP):
        ended = await web.ask("POST", f"/{group}/end", {"op_id": str(op)})
        assert ended.json() == {"op_id": str(op), "talkgroup": group, "outcome": "done"}
    assert web.groups.asked == [("end", "anna", "app:two", op)]
    assert web.phones.asked == [("end", "anna", GROUP, op)]


async def test_a_telephones_key_is_pressed_for_it() -> None:
    web = Web()
    pressed = await web.ask("POST", f"/{GROUP}/key", {"down": True})
    assert pressed.json()["talking"] is True
    assert web.phones.asked == [("press", "anna", GROUP, True)]
