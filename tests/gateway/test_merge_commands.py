"""`songhua cases merge|unmerge|split|link|unlink` against the routes of the room."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from typer.testing import CliRunner

from core.errors import Unavailable
from core.storage import Storage
from gateway.commands import cases_merge
from gateway.commands.cases import app
from tests.cases.rooms import DISPATCHER
from tests.cases.test_merging import PEOPLE, a_case, now
from tests.cases.web import Desk, desk_of


class ServiceOnRoutes:
    """Stands for the running service: a thread's requests go to the routes, as the dispatcher."""

    def __init__(self, desk: Desk, loop: asyncio.AbstractEventLoop) -> None:
        self._desk = desk
        self._loop = loop

    def ask(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        request = self._desk(DISPATCHER, method, path.removeprefix("/api"), **(body or {}))
        answer = asyncio.run_coroutine_threadsafe(request, self._loop).result(10)
        if answer.status_code >= 400:
            raise Unavailable(answer.json()["detail"] or answer.json()["title"], remedy="")
        return answer.json()


@pytest.fixture
async def desk(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    async with desk_of(storage, PEOPLE) as made:
        service = ServiceOnRoutes(made, asyncio.get_running_loop())
        monkeypatch.setattr(cases_merge, "signed_in", lambda *_: service)
        yield made


async def ran(*words: str, fails: bool = False) -> str:
    result = await asyncio.to_thread(CliRunner().invoke, app, list(words))
    assert (result.exit_code != 0) == fails, result.output
    return result.output


async def test_merge_and_unmerge_by_number_and_short_code(desk: Desk) -> None:
    first, second = await a_case(desk.on), await a_case(desk.on)
    said = json.loads(await ran("merge", second.spoken_code, first.number, "--reason", "同一井盖", "--json"))
    assert (said["state"], said["survivor"]["number"]) == ("merged", first.number)
    await ran("merge", first.number, second.number, "--reason", "x", fails=True)
    assert second.number in await ran("unmerge", second.number, "--reason", "不是一处", "--language", "zh")
    assert (await now(desk.on, second)).survivor is None
    await ran("merge", "00000000", first.number, "--reason", "x", fails=True)


async def test_split_link_and_unlink(desk: Desk) -> None:
    case = await a_case(desk.on)
    split = ("split", case.number, "--category", "gbt30428.2@2013/P0103", "--description", "路灯不亮")
    new = json.loads(await ran(*split, "--call", str(case.call_ids[0]), "--reason", "另有路灯", "--json"))
    assert new["call_ids"] == [str(case.call_ids[0])]
    await ran("link", case.number, new["number"], "--kind", "cause", "--reason", "同一漏水")
    assert [one.kind for one in (await now(desk.on, case)).relations] == ["split", "cause"]
    await ran("unlink", case.number, new["number"], "--reason", "弄错了")
    assert [one.kind for one in (await now(desk.on, case)).relations] == ["split"]
