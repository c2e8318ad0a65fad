"""Whoever asked is cancelled in the middle: the act and its trail are both there, and the service knows."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cases.learning.errors import RetrainingRuns
from cases.learning.service import RetrainOptions
from cases.learning.versions.model import SHIPPED
from cases.learning.versions.store import VersionStore
from core.storage import Storage
from tests.cases.learning.town import LAMP, SlowAudit, Town, kept
from tests.cases.rooms import ADMIN

ACTS: Mapping[str, tuple[Callable[[Town], Awaitable[object]], int]] = {
    "retrain": (lambda town: town.retraining.retrain(ADMIN, RetrainOptions()), 2),
    "roll back": (lambda town: town.retraining.roll_back(ADMIN), SHIPPED),
}
"""What is done while version 1 is in force, and the version that is in force after it."""


@pytest.fixture
async def town(storage: Storage, tmp_path: Path) -> Town:
    kept(VersionStore(tmp_path / "classifiers"))
    return Town(storage, tmp_path / "classifiers")


@pytest.mark.parametrize("act", ACTS)
async def test_cancelled_once_the_trail_has_it_the_act_is_done_too(town: Town, act: str) -> None:
    work, wanted = ACTS[act]
    town.retraining._audit = audit = SlowAudit()
    asked = asyncio.ensure_future(work(town))
    await audit.written.wait()
    asked.cancel()
    await asyncio.sleep(0.01)
    assert not asked.done()
    audit.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert len(audit.rows) == 1
    assert town.version_store.pointer().version == wanted
    assert not list(town.version_store.folder.glob(".making-*"))
    await town.part.look()
    assert town.active_model.now.version == wanted


@pytest.mark.parametrize("act", ACTS)
async def test_nobody_else_gets_the_lock_before_the_disk_has_it(
    town: Town, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, wanted = ACTS[act]
    reached, go_on = threading.Event(), threading.Event()
    point = VersionStore.point

    def slow(*given: Any) -> None:
        reached.set()
        go_on.wait(10)
        point(*given)

    monkeypatch.setattr(VersionStore, "point", slow)
    asked = asyncio.ensure_future(work(town))
    await asyncio.to_thread(reached.wait, 10)
    asked.cancel()
    await asyncio.sleep(0.01)
    with pytest.raises(RetrainingRuns), town.version_store.lock():
        pass
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await asked
    with town.version_store.lock():
        assert town.version_store.pointer().version == wanted


async def test_a_look_that_is_cancelled_while_it_loads_is_not_forgotten(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was loaded counts as looked at: it must be taken into use as well."""
    assert town.shows()[0] != LAMP
    await town.retraining.roll_back(ADMIN)
    loaded, go_on = threading.Event(), threading.Event()
    look = town.active_model.look

    def slow(*, again: bool = False) -> object:
        found = look(again=again)
        loaded.set()
        go_on.wait(10)
        return found

    monkeypatch.setattr(town.active_model, "look", slow)
    looking = asyncio.ensure_future(town.part.look())
    await asyncio.to_thread(loaded.wait, 10)
    looking.cancel()
    await asyncio.sleep(0.01)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await looking
    await town.part.look()
    assert town.active_model.now.version == SHIPPED
    assert town.shows()[0] == LAMP


async def test_cancelled_while_it_trains_nothing_is_changed_and_the_next_one_may_begin(town: Town) -> None:
    seen = town.version_store.signature()
    never = asyncio.Event()
    town.retraining._trainer._meanwhile = never.wait  # type: ignore[attr-defined]
    asked = asyncio.ensure_future(town.retraining.retrain(ADMIN, RetrainOptions()))
    async with asyncio.timeout(10):
        while not list(town.version_store.folder.glob(".making-*/cases.txt")):
            await asyncio.sleep(0.01)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert town.version_store.signature() == seen
    assert town.audit.rows == []
    assert not list(town.version_store.folder.glob(".making-*"))
    with town.version_store.training(), town.version_store.lock():
        pass
