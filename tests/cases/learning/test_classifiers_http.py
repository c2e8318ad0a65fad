"""The admin's routes: what there is, train anew in the background, go back; each act once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from cases.drafting.classify.loading import LETTERS
from cases.http import case_routes
from cases.learning.http import classifier_routes
from cases.view_audit import CaseViewAudit
from core.actor import Actor
from core.errors import SonghuaError, problem_of
from core.ids import uuid7
from core.storage import Storage
from tests.cases.learning.town import Ready, SlowAudit, Town, kept
from tests.cases.rooms import ADMIN, AGENT, Looked, stage

PATH = "/api/cases/classifiers"


class Desk:
    def __init__(self, town: Town, client: httpx.AsyncClient) -> None:
        self.town = town
        self._client = client

    async def get(self, who: Actor = ADMIN) -> httpx.Response:
        return await self._client.get(PATH, headers={"x-user": who.id})

    async def post(self, act: str, who: Actor = ADMIN, **body: Any) -> httpx.Response:
        asked = {"op_id": str(uuid7()), **body}
        return await self._client.post(f"{PATH}/{act}", json=asked, headers={"x-user": who.id})

    async def ended(self) -> dict[str, Any]:
        async with asyncio.timeout(20):
            while True:
                found: dict[str, Any] = (await self.get()).json()
                if not found["work"]["running"]:
                    return found
                await asyncio.sleep(0.02)


def kind(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).rpartition(":")[2]


@pytest.fixture
async def desk(storage: Storage, tmp_path: Path) -> AsyncIterator[Desk]:
    """The routes as the service mounts them: those of single cases come after."""
    town = Town(storage, tmp_path / "classifiers")
    known = {one.id: one for one in (ADMIN, AGENT)}

    def user(request: Request) -> Actor:
        return known[request.headers["x-user"]]

    app = FastAPI()
    app.include_router(classifier_routes(town.part, storage, user), prefix="/api")
    app.include_router(case_routes(stage(storage).room.cases, user, CaseViewAudit(Looked())), prefix="/api")

    @app.exception_handler(SonghuaError)
    async def problem(_request: Request, error: SonghuaError) -> JSONResponse:
        return JSONResponse(problem_of(error).model_dump(), error.status)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield Desk(town, client)
    await town.part.stop()


async def test_train_look_and_go_back(desk: Desk) -> None:
    found = (await desk.get()).json()
    assert (found["in_force"], found["serving"], found["versions"], found["work"]) == (0, 0, [], None)
    op = str(uuid7())
    answers = [await desk.post("retrain", op_id=op) for _ in range(2)]
    assert [one.status_code for one in answers] == [202, 202], answers[-1].text
    found = await desk.ended()
    assert found["work"]["failure"] is None
    outcome = found["work"]["outcome"]
    assert outcome["switched"]
    assert outcome["why"][0]["code"] == "better"
    share = outcome["shares"]["new"]["first"]
    assert share["low"] <= share["share"] <= share["high"]
    assert (found["in_force"], found["serving"], found["former"]) == (1, 1, 0)
    assert found["versions"][0]["manifest"]["comparison"]["new"]["compared"] == outcome["compared"]
    assert len(desk.town.audit.rows) == 1
    op = str(uuid7())
    for _ in range(2):
        back = await desk.post("roll-back", op_id=op, reason="试")
        assert (back.status_code, back.json()["in_force"], back.json()["serving"]) == (200, 0, 0)
    assert back.json()["versions"][0]["in_force"] is False
    refused = await desk.post("roll-back")
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("no-former-classifiers")


async def test_who_may_not_and_what_may_not(desk: Desk) -> None:
    assert (await desk.get(AGENT)).status_code == 403
    assert (await desk.post("retrain", AGENT)).status_code == 403
    assert (await desk.post("roll-back", AGENT)).status_code == 403
    refused = await desk.post("retrain", even_if_worse=True)
    assert refused.status_code == 422
    assert refused.json()["type"].endswith("reason-missing")
    assert (await desk.post("retrain", reason="x" * 501)).status_code == 422
    assert (await desk.post("roll-back", to=-1)).status_code == 422


async def test_a_second_round_is_refused_while_one_runs_and_its_key_may_be_used_again(desk: Desk) -> None:
    go_on = asyncio.Event()
    desk.town.retraining._trainer = Ready(go_on.wait)
    assert (await desk.post("retrain", dry_run=True)).status_code == 202
    op = str(uuid7())
    for _ in range(2):
        refused = await desk.post("retrain", op_id=op, dry_run=True)
        assert (refused.status_code, kind(refused)) == (409, "retraining-runs")
    go_on.set()
    await desk.ended()
    assert (await desk.post("retrain", op_id=op, dry_run=True)).status_code == 202
    await desk.ended()
    assert desk.town.version_store.versions() == []


async def test_a_refused_way_back_is_refused_again_and_done_once_there_is_one(desk: Desk) -> None:
    op = str(uuid7())
    for _ in range(2):
        refused = await desk.post("roll-back", op_id=op)
        assert (refused.status_code, kind(refused)) == (409, "no-former-classifiers")
    kept(desk.town.version_store)
    done = await desk.post("roll-back", op_id=op)
    assert (done.status_code, done.json()["in_force"], done.json()["serving"]) == (200, 0, 0)
    kept(desk.town.version_store)
    again = await desk.post("roll-back", op_id=op)
    assert (again.status_code, again.json()["in_force"]) == (200, 2), "it was done once"


async def test_two_presses_at_once_do_it_once_and_hear_the_same(desk: Desk) -> None:
    op = str(uuid7())
    refused = await asyncio.gather(*(desk.post("roll-back", op_id=op) for _ in range(3)))
    assert {kind(one) for one in refused} == {"no-former-classifiers"}
    kept(desk.town.version_store)
    kept(desk.town.version_store)
    done = await asyncio.gather(*(desk.post("roll-back", op_id=op) for _ in range(3)))
    assert [(one.status_code, one.json()["in_force"]) for one in done] == [(200, 1)] * 3
    assert len(desk.town.audit.rows) == 1


async def test_who_goes_away_in_the_middle_of_a_way_back_finds_it_done(desk: Desk) -> None:
    kept(desk.town.version_store)
    desk.town.retraining._audit = audit = SlowAudit()
    op = str(uuid7())
    asked = asyncio.ensure_future(desk.post("roll-back", op_id=op))
    await audit.written.wait()
    asked.cancel()
    await asyncio.sleep(0.01)
    audit.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert desk.town.active_model.now.version == 0, "the service knows before anybody looks"
    again = await desk.post("roll-back", op_id=op)
    assert (again.status_code, again.json()["in_force"]) == (200, 0)
    assert len(audit.rows) == 1


async def test_what_cannot_be_done_now_is_a_conflict_with_a_remedy(desk: Desk) -> None:
    kept(desk.town.version_store)
    (desk.town.version_store.place(1) / LETTERS).unlink()
    await desk.post("retrain")
    failure = (await desk.ended())["work"]["failure"]
    assert (failure["status"], failure["type"].rpartition(":")[2]) == (409, "broken-classifiers")
    assert "--roll-back" in failure["remedy"]
    desk.town.active_model.version_store = None
    for answer in (await desk.get(), await desk.post("retrain"), await desk.post("roll-back")):
        assert (answer.status_code, kind(answer)) == (409, "no-classifier-folder")
        assert "/classifiers" in answer.json()["remedy"]
