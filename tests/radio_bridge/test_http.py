"""The register of units over HTTP: staff may look, an admin creates, the password is told once."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from httpx2 import ASGITransport, AsyncClient, Response

from core.actor import Actor, Role
from core.errors import SonghuaError, problem_of
from core.storage import Storage
from radio_bridge.ports import DirectoryPorts
from radio_bridge.room import build_directory
from radio_bridge.settings import RadioSettings
from tests.radio_bridge.conftest import Accounts, RecordingBus


class Desk:
    """The register behind a web app, seen by a person whose roles a test chooses."""

    def __init__(self, storage: Storage) -> None:
        self.roles: frozenset[Role] = frozenset()
        self.accounts, self.bus = Accounts(), RecordingBus()

        async def current_user(_request: Request) -> Actor:
            return Actor("anna", "Anna", self.roles)

        room = build_directory(
            RadioSettings(), DirectoryPorts(storage, self.bus, self.accounts, current_user)
        )
        self.app = FastAPI()
        for router in room.routers:
            self.app.include_router(router, prefix="/api")

        async def problem(_request: Request, error: Exception) -> JSONResponse:
            assert isinstance(error, SonghuaError)
            return JSONResponse(problem_of(error).model_dump(), error.status)

        self.app.add_exception_handler(SonghuaError, problem)

    async def ask(self, role: Role, method: str, path: str, body: object = None) -> Response:
        self.roles = frozenset({role})
        async with AsyncClient(transport=ASGITransport(self.app), base_url="http://desk") as client:
            return await client.request(method, f"/api{path}", json=body)


async def test_an_admin_creates_a_unit_and_staff_see_it(storage: Storage) -> None:
    desk = Desk(storage)
    made = await desk.ask(
        Role.ADMIN, "POST", "/units", {"unit_id": "app:17", "name": "道里一组", "crew": ["王"]}
    )
    assert (made.status_code, made.json()) == (201, {"unit_id": "app:17", "password": "password 1"})
    seen = await desk.ask(Role.AGENT, "GET", "/units")
    assert seen.json()["units"] == [
        {
            "unit_id": "app:17", "name": "道里一组", "network": "app", "crew": ["王"],
            "online": False, "status": "free", "last_heard": None,
        }
    ]  # fmt: skip
    assert "password" not in seen.text


async def test_only_an_admin_creates_and_a_unit_sees_nobody(storage: Storage) -> None:
    desk = Desk(storage)
    for role in (Role.AGENT, Role.DISPATCHER, Role.UNIT):
        refused = await desk.ask(role, "POST", "/units", {"unit_id": "app:17", "name": "x"})
        assert refused.status_code == 403
    assert (await desk.ask(Role.UNIT, "GET", "/units")).status_code == 403
    assert desk.accounts.issued == []


async def test_a_second_unit_of_the_same_name_is_refused_and_gets_no_password(storage: Storage) -> None:
    desk = Desk(storage)
    body = {"unit_id": "app:17", "name": "x"}
    await desk.ask(Role.ADMIN, "POST", "/units", body)
    again = await desk.ask(Role.ADMIN, "POST", "/units", body)
    assert (again.status_code, again.json()["type"]) == (409, "urn:songhua:problem:unit-exists")
    assert desk.accounts.issued == ["app:17"]


async def test_without_the_broker_no_unit_is_half_made(storage: Storage) -> None:
    desk = Desk(storage)
    desk.accounts.away = True
    assert (
        await desk.ask(Role.ADMIN, "POST", "/units", {"unit_id": "app:17", "name": "x"})
    ).status_code == 503
    assert (await desk.ask(Role.AGENT, "GET", "/units")).json() == {"units": []}


async def test_a_lost_password_is_replaced(storage: Storage) -> None:
    desk = Desk(storage)
    await desk.ask(Role.ADMIN, "POST", "/units", {"unit_id": "app:17", "name": "x"})
    renewed = await desk.ask(Role.ADMIN, "POST", "/units/app:17/password")
    assert renewed.json()["password"] == "password 2"
    assert (await desk.ask(Role.ADMIN, "POST", "/units/app:99/password")).status_code == 404


async def test_a_name_that_could_widen_a_topic_is_refused(storage: Storage) -> None:
    desk = Desk(storage)
    for uid in ("app:#", "app:1/2", "app:+", "17", "app:17\n"):
        refused = await desk.ask(Role.ADMIN, "POST", "/units", {"unit_id": uid, "name": "x"})
        assert refused.status_code == 422, uid
