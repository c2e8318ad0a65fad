"""The table of rights: its page is kept, each operation has one line, a route without one is no start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest
from fastapi import APIRouter, FastAPI, WebSocket
from starlette.requests import HTTPConnection
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from core.actor import Actor, Role
from core.errors import Unauthenticated
from core.rights import open_to_all, right
from core.scopes import Scope, Scopes
from gateway.web import rights as web
from gateway.web.app import WebParts, create
from gateway.web.gate import AccessGate, RightsIncomplete, operation
from gateway.wiring.rights import TABLE
from tests.gateway.rights import PAGE, page

AGENT = Actor("a", "A", frozenset({Role.AGENT}))
DISPATCHER = Actor("d", "D", frozenset({Role.DISPATCHER}))
LIMITED = Actor("l", "L", frozenset({Role.DISPATCHER}), Scopes(talkgroups=frozenset({"app:1"})))
PEOPLE = {one.id: one for one in (AGENT, DISPATCHER, LIMITED)}
LINES = (
    *web.RIGHTS,
    right("act", (Role.AGENT,), "POST /api/things/{thing_id}/{act} act=begin"),
    right(
        "talk", (Role.DISPATCHER,), "GET /api/talk/{talkgroup}", "WEBSOCKET /api/talk", scope=Scope.TALKGROUP
    ),
    open_to_all("look", "GET /api/open"),
)


async def viewer(connection: HTTPConnection) -> Actor:
    who = connection.headers.get("x-user")
    if who is None:
        raise Unauthenticated
    return PEOPLE[who]


def served(tmp_path: Path, routes: APIRouter) -> FastAPI:
    return create(WebParts([routes], tmp_path, lambda: (), AccessGate(LINES, viewer)))


@pytest.fixture
def routes() -> APIRouter:
    routes = APIRouter()
    reached = {"reached": True}

    @routes.post("/things/{thing_id}/{act}")
    async def act(thing_id: int, act: str, body: dict[str, int]) -> dict[str, bool]:
        return reached

    @routes.get("/talk/{talkgroup}")
    async def talk(talkgroup: str) -> dict[str, bool]:
        return reached

    @routes.get("/open")
    async def look() -> dict[str, bool]:
        return reached

    @routes.websocket("/talk")
    async def listen(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_json(reached)
        await socket.close()

    return routes


@pytest.fixture
def client(tmp_path: Path, routes: APIRouter) -> Iterator[TestClient]:
    with TestClient(served(tmp_path, routes), headers={"X-Songhua": "1"}) as client:
        yield client


def ask(client: TestClient, who: str | None, method: str, path: str, **more: object) -> int:
    headers = {} if who is None else {"x-user": who}
    answer: httpx.Response = client.request(method, f"/api{path}", headers=headers, **more)  # type: ignore[arg-type]
    return answer.status_code


def test_the_kept_page_is_the_generated_one() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.gateway.rights"


def test_an_operation_has_one_line_and_a_line_says_who_may() -> None:
    named = Counter(one for line in TABLE for one in line.operations)
    assert [name for name, times in named.items() if times > 1] == []
    assert [line.what for line in TABLE if not line.roles and line.proof == "session"] == []
    assert [
        line.what for line in TABLE if line.others != "all" and not line.rule and line.scope is None
    ] == []


def test_an_operation_is_read_with_its_condition() -> None:
    one = operation("POST /api/cases/{case_id}/{act} act=close")
    assert (one.key, one.fits({"act": "close"}), one.fits({"act": "cancel"})) == (
        ("POST", "/api/cases/{case_id}/{act}"), True, False,
    )  # fmt: skip


def test_a_route_without_a_line_prevents_the_start_and_is_named(tmp_path: Path, routes: APIRouter) -> None:
    @routes.get("/forgotten/{thing_id}")
    async def forgotten(thing_id: int) -> None: ...

    with pytest.raises(RightsIncomplete, match=r"GET /api/forgotten/\{thing_id\} has no line"):
        served(tmp_path, routes)


def test_a_socket_without_a_line_prevents_the_start(tmp_path: Path, routes: APIRouter) -> None:
    @routes.websocket("/forgotten")
    async def forgotten(socket: WebSocket) -> None: ...

    with pytest.raises(RightsIncomplete, match="WEBSOCKET /api/forgotten has no line"):
        served(tmp_path, routes)


def test_the_role_is_asked_before_the_body_is_looked_at(client: TestClient) -> None:
    assert ask(client, "d", "POST", "/things/1/begin", json=["no", "object"]) == 403
    assert ask(client, None, "POST", "/things/1/begin", json=["no", "object"]) == 401
    assert ask(client, "a", "POST", "/things/1/begin", json=["no", "object"]) == 422
    assert ask(client, "a", "POST", "/things/1/begin", json={}) == 200


def test_what_no_line_names_is_refused(client: TestClient) -> None:
    assert ask(client, "a", "POST", "/things/1/end", json={}) == 403


def test_who_is_limited_to_talkgroups_is_held_to_them_at_the_edge(client: TestClient) -> None:
    assert [ask(client, who, "GET", "/talk/app:2") for who in ("d", "l", "a", None)] == [200, 403, 403, 401]
    assert ask(client, "l", "GET", "/talk/app:1") == 200


def test_what_is_open_needs_no_session(client: TestClient) -> None:
    assert ask(client, None, "GET", "/open") == 200


def test_a_socket_is_closed_before_it_opens(client: TestClient) -> None:
    with client.websocket_connect("/api/talk", headers={"x-user": "d"}) as socket:
        assert socket.receive_json() == {"reached": True}
    for headers in ({}, {"x-user": "a"}):
        with (
            pytest.raises(WebSocketDisconnect) as closed,
            client.websocket_connect("/api/talk", headers=headers),
        ):
            pass
        assert closed.value.code == 1008


def test_no_api_token_makes_or_changes_an_account() -> None:
    """Whoever has stolen a token would make himself an account that outlives it."""
    paths = ("/api/users", "/api/account", "/api/tokens", "/api/approvals")
    skills = "POST /api/users/{user_id}/skills"
    changing = [
        (text, line)
        for line in TABLE
        for text in line.operations
        if text.startswith("POST ") and operation(text).path.startswith(paths) and text != skills
    ]
    assert len(changing) > 10
    assert [text for text, line in changing if line.by_token] == []
