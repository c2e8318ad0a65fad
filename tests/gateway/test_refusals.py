"""Who is refused for want of a right, or sends what fits no contract, stands in the log, within bounds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.testclient import TestClient

from core import log
from core.errors import Forbidden
from gateway.web import problems
from gateway.web.problems import MOST_WRITTEN, Refusals

NUMBER = "13904510001"


@pytest.fixture
def web() -> TestClient:
    app = FastAPI()
    problems.install(app)

    @app.get("/api/cases/{case_id}")
    async def case(case_id: str) -> dict[str, Any]:
        raise Forbidden(f"not yours: {case_id}")

    @app.get("/api/pages")
    async def pages(count: int) -> dict[str, int]:
        return {"count": count}

    return TestClient(app)


@pytest.fixture
def written() -> Iterator[StringIO]:
    stream = StringIO()
    log.configure(level="info", stream=stream)
    yield stream
    log.configure(level="warning", json=False)


def lines(written: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def refused(written: StringIO) -> list[dict[str, Any]]:
    return [one for one in lines(written) if one["event"] == "request refused"]


def test_a_refusal_is_written_with_its_route_and_nothing_that_was_sent(
    web: TestClient, written: StringIO
) -> None:
    assert web.get(f"/api/cases/{NUMBER}").status_code == 403
    assert web.get("/api/pages", params={"count": NUMBER + "x"}).status_code == 422
    assert [(one["route"], one["problem"]) for one in refused(written)] == [
        ("/api/cases/{case_id}", "forbidden"),
        ("/api/pages", "invalid"),
    ]
    assert all(one["peer"] for one in refused(written))
    assert all(one["timestamp"].endswith("Z") for one in refused(written))
    assert NUMBER not in written.getvalue()


def test_a_flood_of_refusals_is_not_a_flood_of_lines(written: StringIO) -> None:
    now = 0.0
    refusals = Refusals(now=lambda: now)
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": []})
    for _ in range(MOST_WRITTEN + 40):
        refusals.write(request, "forbidden")
    now = 61.0
    refusals.write(request, "forbidden")
    assert len(refused(written)) == MOST_WRITTEN + 1
    (told,) = [one for one in lines(written) if one["event"] == "requests refused that the log leaves out"]
    assert told["count"] == 40
