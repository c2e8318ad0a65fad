"""What no database can keep is refused at the web, and what only looks like it is not."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Literal

import pytest
from fastapi import Depends, FastAPI, WebSocket
from pydantic import BaseModel
from starlette.testclient import TestClient

from gateway.web import problems
from gateway.web.text import whole_text

BODIES = {
    b'{"a": "b\\u0000"}': 422,
    b'{"a\\u0000": 1}': 422,
    b'{"a": ["\\ud800"]}': 422,
    b'{"a": "\\udc00\\ud800"}': 422,
    b'{"a": "\\ud83d\\ude00"}': 200,
    b'{"a": "\\\\u0000"}': 200,
    b'{"a": "\\\\\\u0000"}': 422,
    '{"a": "井盖"}'.encode(): 200,
}


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = FastAPI(dependencies=[Depends(whole_text)])
    problems.install(app)

    @app.post("/{name}")
    async def take(name: str, body: dict[str, object], q: str = "") -> dict[str, str]:
        return {"name": name, "q": q}

    @app.websocket("/live")
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize("body", BODIES)
def test_a_body_is_refused_for_nul_and_for_half_a_pair(client: TestClient, body: bytes) -> None:
    answer = client.post("/a", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == BODIES[body], answer.text
    if answer.status_code == 422:
        assert answer.json()["type"].endswith(":broken-text")


@pytest.mark.parametrize(
    ("path", "status"), [("/a%00", 422), ("/a?q=%00", 422), ("/a?q%00=1", 422), ("/a?q=b", 200)]
)
def test_path_and_query_hold_no_nul(client: TestClient, path: str, status: int) -> None:
    assert client.post(path, json={}).status_code == status


def test_a_socket_passes(client: TestClient) -> None:
    with client.websocket_connect("/live"):
        pass


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Painted(BaseModel):
    colour: Literal[Colour.RED]


def test_what_is_wrong_names_the_words_of_the_contract_and_not_classes_of_the_program() -> None:
    app = FastAPI()
    problems.install(app)

    @app.post("/")
    async def take(body: Painted) -> str:
        return body.colour

    with TestClient(app) as client:
        answer = client.post("/", json={"colour": "blue"})
    assert answer.json()["errors"] == [{"where": "body/colour", "what": "Input should be 'red'"}]
