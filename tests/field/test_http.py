"""The register of units over HTTP: staff may look, an admin creates, the password is told once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse
from httpx2 import ASGITransport, AsyncClient, Response

from core.actor import Actor, Role
from core.errors import SonghuaError, problem_of
from core.ids import uuid7
from core.routes import add_routes
from core.storage import Storage
from field.centre.room import build
from field.settings import FieldSettings
from field.units.places import store as places
from field.units.places.model import PositionFix, UnitPosition
from tests.field.conftest import Accounts, RecordingBus
from tests.field.ports import centre_ports


class Desk:
    """The register behind a web app, seen by a person whose roles a test chooses."""

    def __init__(self, storage: Storage) -> None:
        self.roles: frozenset[Role] = frozenset()
        self.accounts, self.bus = Accounts(), RecordingBus()

        room = build(FieldSettings(), centre_ports(storage, self.bus, self.accounts, self.current_user))
        self.serve(room.routers)

    async def current_user(self, _request: Request) -> Actor:
        return Actor("anna", "Anna", self.roles)

    def serve(self, routers: Sequence[APIRouter]) -> None:
        """A web app of its own with these routes."""
        self.app = FastAPI()
        for router in routers:
            add_routes(self.app.router, router, "/api")

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
            "online": False, "status": "free", "last_heard": None, "heard_by": "", "bearers": [],
            "groups": [], "aliases": [], "addresses": [], "devices": [], "vehicle": "", "department": "",
            "skills": [],
            "shift": None, "on_shift": None, "revoked_at": None,
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


async def test_a_unit_has_no_name_of_a_person_or_a_telephone(storage: Storage) -> None:
    desk = Desk(storage)
    for uid in ("user:wang.fang", "phone:13904510001"):
        refused = await desk.ask(Role.ADMIN, "POST", "/units", {"unit_id": uid, "name": "x"})
        assert refused.status_code == 422, uid
    assert desk.accounts.issued == []


async def test_the_same_press_twice_is_one_unit_with_one_password(storage: Storage) -> None:
    desk = Desk(storage)
    body = {"op_id": str(uuid7()), "unit_id": "app:17", "name": "x", "devices": ["phone"]}
    first = await desk.ask(Role.ADMIN, "POST", "/units", body)
    second = await desk.ask(Role.ADMIN, "POST", "/units", body)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert desk.accounts.issued == ["app:17"]
    assert desk.accounts.devices == {"app:17": ("phone",)}
    other = await desk.ask(Role.ADMIN, "POST", "/units", {**body, "unit_id": "app:18"})
    assert (other.status_code, other.json()["type"]) == (409, "urn:songhua:problem:op-id-reused")


async def test_a_dispatcher_changes_what_describes_a_unit_and_finds_it_by_any_name(storage: Storage) -> None:
    desk = Desk(storage)
    for uid in ("app:17", "app:18"):
        await desk.ask(Role.ADMIN, "POST", "/units", {"unit_id": uid, "name": uid})
    body = {
        "op_id": str(uuid7()), "aliases": ["道里一组", "Alpha  1"], "addresses": ["tetra:2621001"],
        "vehicle": "黑A·12345", "department": "drainage", "skills": ["sewage"],
        "shift": {"starts_at": "2026-01-01T00:00:00Z", "ends_at": "2099-01-01T00:00:00Z"},
    }  # fmt: skip
    assert (await desk.ask(Role.AGENT, "PATCH", "/units/app:17", body)).status_code == 403
    changed = await desk.ask(Role.DISPATCHER, "PATCH", "/units/app:17", body)
    assert changed.json()["aliases"] == ["Alpha 1", "道里一组"]
    assert changed.json()["on_shift"] is True
    for name in ("app:17", "道里一组", "道 里 一 组", "alpha 1", "ＡＬＰＨＡ1", "tetra:2621001"):
        found = await desk.ask(Role.AGENT, "GET", f"/units/{name}")
        assert found.json()["unit_id"] == "app:17", name
    taken = await desk.ask(
        Role.DISPATCHER, "PATCH", "/units/app:18", {"op_id": str(uuid7()), "aliases": ["ALPHA1"]}
    )
    assert (taken.status_code, taken.json()["type"]) == (409, "urn:songhua:problem:unit-name-taken")
    own = await desk.ask(
        Role.DISPATCHER, "PATCH", "/units/app:18", {"op_id": str(uuid7()), "addresses": ["app:17"]}
    )
    assert own.status_code == 409
    gone = await desk.ask(Role.DISPATCHER, "PATCH", "/units/app:17", {"op_id": str(uuid7()), "shift": None})
    assert gone.json()["shift"] is None
    assert (gone.json()["vehicle"], gone.json()["department"]) == ("黑A·12345", "drainage")
    again = await desk.ask(Role.DISPATCHER, "PATCH", "/units/app:17", {**body, "vehicle": "other"})
    assert again.json()["vehicle"] == "黑A·12345"


async def test_a_name_that_an_earlier_unit_has_as_address_is_no_new_unit(storage: Storage) -> None:
    desk = Desk(storage)
    body = {"unit_id": "app:17", "name": "x", "addresses": ["tetra:5"]}
    await desk.ask(Role.ADMIN, "POST", "/units", body)
    taken = await desk.ask(Role.ADMIN, "POST", "/units", {"unit_id": "tetra:5", "name": "y"})
    assert (taken.status_code, taken.json()["type"]) == (409, "urn:songhua:problem:unit-name-taken")


async def test_a_revoked_unit_has_no_account_and_gets_a_new_one_by_enrolment_alone(storage: Storage) -> None:
    desk = Desk(storage)
    await desk.ask(Role.ADMIN, "POST", "/units", {"unit_id": "app:17", "name": "x"})
    body = {"op_id": str(uuid7())}
    assert (await desk.ask(Role.AGENT, "POST", "/units/app:17/revoke", body)).status_code == 403
    for _ in range(2):
        revoked = await desk.ask(Role.DISPATCHER, "POST", "/units/app:17/revoke", body)
        assert revoked.json()["revoked_at"] is not None
    assert desk.accounts.withdrawn == ["app:17"]
    refused = await desk.ask(Role.ADMIN, "POST", "/units/app:17/password")
    assert refused.json()["type"] == "urn:songhua:problem:unit-revoked"
    enrolled = await desk.ask(
        Role.ADMIN, "POST", "/units/app:17/enrol", {"op_id": str(uuid7()), "devices": ["phone"]}
    )
    assert enrolled.json()["password"] == "password 2"
    assert desk.accounts.devices["app:17"] == ("phone",)
    shown = (await desk.ask(Role.AGENT, "GET", "/units/app:17")).json()
    assert (shown["revoked_at"], shown["devices"]) == (None, ["phone"])


async def test_without_the_broker_nobody_is_shown_as_revoked(storage: Storage) -> None:
    desk = Desk(storage)
    await desk.ask(Role.ADMIN, "POST", "/units", {"unit_id": "app:17", "name": "x"})
    desk.accounts.away = True
    body = {"op_id": str(uuid7())}
    assert (await desk.ask(Role.DISPATCHER, "POST", "/units/app:17/revoke", body)).status_code == 503
    assert (await desk.ask(Role.AGENT, "GET", "/units/app:17")).json()["revoked_at"] is None
    desk.accounts.away = False
    assert (await desk.ask(Role.DISPATCHER, "POST", "/units/app:17/revoke", body)).status_code == 200


async def test_where_crews_are_is_for_dispatchers_and_supervisors(storage: Storage) -> None:
    desk = Desk(storage)
    await desk.ask(Role.ADMIN, "POST", "/units", {"unit_id": "app:17", "name": "x"})
    now = storage.clock.now()
    fix = PositionFix(126.6, 45.7, 8.0, "app", now, now, battery_pct=50)
    async with storage.write() as transaction:
        for seconds in (40, 20, 0):
            placed = UnitPosition(fix, now - timedelta(seconds=seconds))
            await places.keep(transaction, [("app:17", placed)])
            await places.put(transaction, [("app:17", placed)])
    for role, status in ((Role.AGENT, 403), (Role.ACCEPTOR, 403), (Role.DISPATCHER, 200)):
        assert (await desk.ask(role, "GET", "/units/places")).status_code == status
        assert (await desk.ask(role, "GET", "/units/app:17/track")).status_code == status
    (place,) = (await desk.ask(Role.SUPERVISOR, "GET", "/units/places")).json()["places"]
    assert (place["lon"], place["lat"], place["source"], place["battery_pct"]) == (126.6, 45.7, "app", 50)
    assert 0 <= place["age_s"] < 60
    way = (await desk.ask(Role.SUPERVISOR, "GET", "/units/app:17/track?limit=2")).json()
    assert (len(way["places"]), way["whole"]) == (2, False)
    assert way["places"][0]["measured_at"] > way["places"][1]["measured_at"]
