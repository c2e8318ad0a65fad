"""The routes of settings: who may, what is answered."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx2 as httpx
import pytest
from fastapi import FastAPI
from starlette.requests import HTTPConnection

from core.actor import Actor, Role
from core.routes import add_routes
from core.storage import Storage
from gateway.web import problems
from gateway.web import rights as web_rights
from gateway.web.app import WebParts, create
from gateway.web.gate import AccessGate
from runtime_settings import rights
from runtime_settings.http import router
from runtime_settings.service import RuntimeSettings
from tests.runtime_settings.plain_setting import NotedChanges, PlainSetting

ADMIN = Actor("sun.li", "孙丽", frozenset({Role.ADMIN}))
LEAD = Actor("zhao.lei", "赵磊", frozenset({Role.SUPERVISOR}))
AGENT = Actor("wang.fang", "王芳", frozenset({Role.AGENT}))


class Web:
    """The routes with one person signed in."""

    def __init__(self) -> None:
        self.user = LEAD

    async def current_user(self) -> Actor:
        return self.user


@pytest.fixture
def web() -> Web:
    return Web()


@pytest.fixture
async def http(storage: Storage, web: Web) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    problems.install(app)
    each = [PlainSetting(), PlainSetting("retention")]
    settings = RuntimeSettings(each, storage, NotedChanges(), None)
    add_routes(app.router, router(settings, web.current_user), "/api")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


async def test_see_try_change_and_undo(http: httpx.AsyncClient) -> None:
    listed = (await http.get("/api/settings")).json()["settings"]
    assert [(one["name"], one["number"], one["changeable"]) for one in listed] == [
        ("opening-hours", 1, True),
        ("retention", 1, False),
    ]
    tried = (await http.post("/api/settings/opening-hours/check", json={"value": {"ring": 25}})).json()
    assert (tried["changes"], tried["takes"], tried["touches"]) == (
        [{"path": ["ring"], "before": 20, "after": 25}], "next-call", {"calls": 5},
    )  # fmt: skip
    body = {"op_id": str(uuid4()), "value": {"ring": 25}, "expected": 1, "comment": "why"}
    assert (await http.post("/api/settings/opening-hours/versions", json=body)).json()["number"] == 2
    undo = (await http.post("/api/settings/opening-hours/check", json={})).json()
    assert (undo["restores"], undo["changes"][0]["after"]) == (1, 20)
    gone = await http.post("/api/settings/opening-hours/undo", json={"op_id": str(uuid4()), "expected": 2})
    assert (gone.json()["number"], gone.json()["restores"]) == (3, 1)
    history = (await http.get("/api/settings/opening-hours/versions")).json()
    assert [(one["number"], one["by"], one["comment"]) for one in history["versions"]] == [
        (3, "zhao.lei", ""), (2, "zhao.lei", "why"), (1, "system:settings-file", "[plain]"),
    ]  # fmt: skip
    assert history["versions"][1]["changes"] == [{"path": ["ring"], "before": 20, "after": 25}]
    assert (await http.get("/api/settings/opening-hours/versions/2")).json()["value"] == {"ring": 25}


async def test_a_wrong_value_is_answered_with_its_problems(http: httpx.AsyncClient) -> None:
    for act, more in (("check", {}), ("versions", {"op_id": str(uuid4()), "expected": 1})):
        refused = await http.post(f"/api/settings/opening-hours/{act}", json={"value": {"ring": "x"}, **more})
        assert refused.status_code == 422
        assert refused.json()["problems"] == [
            {"zh": "ring: must be a whole number", "en": "ring: must be a whole number"}
        ]


async def test_who_may_change_what(http: httpx.AsyncClient, web: Web) -> None:
    body = {"op_id": str(uuid4()), "value": {"ring": 25}, "expected": 1}
    assert (await http.post("/api/settings/retention/versions", json=body)).status_code == 403
    web.user = AGENT
    assert (await http.get("/api/settings")).status_code == 403
    assert (await http.post("/api/settings/opening-hours/versions", json=body)).status_code == 403
    web.user = ADMIN
    assert (await http.post("/api/settings/retention/versions", json=body)).status_code == 200


async def test_another_version_in_force_refuses(http: httpx.AsyncClient) -> None:
    body = {"op_id": str(uuid4()), "value": {"ring": 25}, "expected": 7}
    refused = await http.post("/api/settings/opening-hours/versions", json=body)
    assert (refused.status_code, refused.json()["active"]) == (409, 1)


async def test_what_needs_a_second_person_says_what_to_ask_for(storage: Storage, web: Web) -> None:
    app = FastAPI()
    problems.install(app)
    each = [PlainSetting("retention", undoable=False)]
    settings = RuntimeSettings(each, storage, NotedChanges(), None)
    add_routes(app.router, router(settings, web.current_user), "/api")
    web.user = ADMIN
    body = {"op_id": str(uuid4()), "value": {"ring": 25}, "expected": 1}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        refused = await client.post("/api/settings/retention/versions", json=body)
    found = refused.json()
    assert (refused.status_code, found["act"]) == (409, "change-setting")
    assert found["type"].endswith("second-person-needed")
    assert json.loads(found["parameters"])["setting"] == "retention"


@pytest.mark.parametrize(
    ("path", "status"), [("retention/versions", 403), ("retention/undo", 403), ("trunk-limits/versions", 200)]
)
async def test_no_api_token_changes_retention(
    tmp_path: Path, storage: Storage, path: str, status: int
) -> None:
    program = replace(ADMIN, token="backup")

    async def viewer(_connection: HTTPConnection) -> Actor:
        return program

    each = [PlainSetting("retention"), PlainSetting("trunk-limits")]
    settings = RuntimeSettings(each, storage, NotedChanges(), None)
    gate = AccessGate((*web_rights.RIGHTS, *rights.RIGHTS), viewer)
    app = create(WebParts([router(settings, viewer)], tmp_path, lambda: (), gate))
    body = {"op_id": str(uuid4()), "value": {"ring": 25}, "expected": 1}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://test", headers={"X-Songhua": "1"}
    ) as client:
        assert (await client.post(f"/api/settings/{path}", json=body)).status_code == status
