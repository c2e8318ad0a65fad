"""The routes of flows and prompts: who may, what is answered, what is refused with lines."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx2 as httpx
import pytest
from fastapi import FastAPI

from core.actor import Actor, Role
from core.routes import add_routes
from core.storage import Storage
from gateway.web import problems
from ivr.http import router
from ivr.upload.convert import Converter
from tests.ivr.test_upload import needs_ffmpeg, tone
from tests.ivr.test_versions import ADMIN, service, yaml

SUPERVISOR = Actor("zhao.lei", "赵磊", frozenset({Role.SUPERVISOR}))


class Web:
    """The routes with one person signed in."""

    def __init__(self) -> None:
        self.user = ADMIN

    async def current_user(self) -> Actor:
        return self.user


@pytest.fixture
def web() -> Web:
    return Web()


@pytest.fixture
async def http(storage: Storage, tmp_path: Path, web: Web) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    problems.install(app)
    routes = router(service(storage, tmp_path / "shelf"), Converter(), web.current_user)
    add_routes(app.router, routes, "/api")
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


def op(**more: object) -> dict[str, object]:
    return {"op_id": str(uuid4()), **more}


async def test_upload_activate_roll_back(http: httpx.AsyncClient) -> None:
    new = yaml("greeting, please-hold").decode()
    made = await http.post("/api/ivr/flows/default/versions", json=op(text=new, comment="夏季"))
    assert made.status_code == 201
    assert made.json()["number"] == 1
    before = await http.get("/api/ivr/flows/default")
    assert before.headers["etag"] == '"0"'
    put = op(number=1)
    done = await http.post("/api/ivr/flows/default/activate", json=put, headers={"If-Match": '"0"'})
    assert (done.status_code, done.headers["etag"]) == (200, '"1"')
    again = await http.post("/api/ivr/flows/default/activate", json=put, headers={"If-Match": '"0"'})
    assert again.json() == done.json()
    assert (await http.get("/api/ivr/flows/default")).json()["text"] == new
    stale = await http.post("/api/ivr/flows/default/rollback", json=op(expected=0))
    assert stale.status_code == 409
    assert stale.json()["type"].endswith("ivr-another-version-is-active")
    assert (await http.post("/api/ivr/flows/default/rollback", json=op(expected=1))).json()["number"] == 0
    story = (await http.get("/api/ivr/flows/default/versions")).json()
    assert [one["number"] for one in story["history"]] == [0, 1]
    assert story["versions"][0]["comment"] == "夏季"
    (row,) = [one for one in (await http.get("/api/ivr/flows")).json()["flows"] if one["name"] == "default"]
    assert (row["active"], row["versions"], row["built_in"]) == (0, 1, True)


async def test_nobody_changes_what_he_has_not_looked_at(http: httpx.AsyncClient) -> None:
    await http.post("/api/ivr/flows/default/versions", json=op(text=yaml().decode()))
    refused = await http.post("/api/ivr/flows/default/activate", json=op(number=1))
    assert refused.status_code == 422
    assert "If-Match" in refused.json()["remedy"]


async def test_a_refused_flow_names_every_line(http: httpx.AsyncClient) -> None:
    text = yaml("no-such-prompt").decode()
    refused = await http.post("/api/ivr/flows/default/versions", json=op(text=text))
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    (problem,) = refused.json()["problems"]
    assert (problem["line"], problem["code"]) == (6, "missing-prompt")
    assert problem["zh"]
    assert problem["en"]
    checked = await http.post("/api/ivr/flows/default/check", json={"text": "{"})
    assert checked.json()["problems"][0]["code"] == "yaml"


async def test_only_an_admin_changes_and_agents_do_not_look(http: httpx.AsyncClient, web: Web) -> None:
    web.user = SUPERVISOR
    assert (await http.get("/api/ivr/flows")).status_code == 200
    for path in ("flows/default/versions", "flows/default/check"):
        assert (await http.post(f"/api/ivr/{path}", json=op(text="x"))).status_code == 403
    for path in ("flows/default", "prompts/zh/greeting"):
        assert (
            await http.post(f"/api/ivr/{path}/activate", json=op(number=0, expected=0))
        ).status_code == 403
        assert (await http.post(f"/api/ivr/{path}/rollback", json=op(expected=0))).status_code == 403
    sound = await http.post(f"/api/ivr/prompts/zh/greeting/versions?op_id={uuid4()}", content=b"x")
    assert sound.status_code == 403
    web.user = Actor("li", "李", frozenset({Role.AGENT}))
    assert (await http.get("/api/ivr/flows")).status_code == 403


@needs_ffmpeg
async def test_a_prompt_from_upload_to_the_ear(http: httpx.AsyncClient) -> None:
    path = "/api/ivr/prompts/zh/greeting"
    made = await http.post(f"{path}/versions?op_id={uuid4()}&comment=new", content=tone(1.0, 0.02))
    assert made.status_code == 201, made.text
    assert made.json()["rms_db"] == pytest.approx(-20, abs=1)
    assert (await http.post(f"{path}/activate", json=op(number=1, expected=0))).status_code == 200
    sound = await http.get(f"{path}/versions/1/sound")
    assert sound.headers["content-type"] == "audio/wav"
    assert sound.content[:4] == b"RIFF"
    assert (await http.get(f"{path}/versions/0/sound")).content[:4] == b"RIFF"
    (row,) = [
        one
        for one in (await http.get("/api/ivr/prompts")).json()["prompts"]
        if (one["language"], one["name"]) == ("zh", "greeting")
    ]
    assert (row["active"], row["built_in"]) == (1, True)
    assert "default" in row["played_by"]
    bad = await http.post(f"{path}/versions?op_id={uuid4()}", content=b"no sound")
    assert bad.status_code == 422
    assert bad.json()["type"].endswith("ivr-sound-refused")


async def test_wrong_names_are_refused_clearly(http: httpx.AsyncClient) -> None:
    assert (await http.get("/api/ivr/flows/..%2Fx/versions")).status_code in (404, 422)
    assert (await http.get("/api/ivr/flows/Default/versions")).status_code == 422
    assert (await http.get("/api/ivr/flows/default/versions/99")).status_code == 404


@pytest.mark.parametrize("form", ["text", "mermaid", "dot"])
async def test_a_flow_is_drawn(http: httpx.AsyncClient, form: str) -> None:
    drawn = await http.get(f"/api/ivr/flows/default/graph?format={form}")
    assert drawn.status_code == 200
    assert "greeting" in drawn.text
    await http.post("/api/ivr/flows/default/versions", json=op(text=yaml("please-hold").decode()))
    assert "please-hold" in (await http.get(f"/api/ivr/flows/default/graph?format={form}&version=1")).text
