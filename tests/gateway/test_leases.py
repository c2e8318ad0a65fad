"""A role runs once: a second process is told of the first, and a killed one leaves no lease."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from gateway.app import Process
from gateway.leases import roles
from gateway.leases.model import RoleAlreadyRuns
from gateway.settings import Settings
from gateway.wiring import lease
from tests.peers.checkout import CHECKOUT

pytestmark = pytest.mark.timeout(120)

HOLDS = """
import asyncio, sys
from gateway.app import Process
from gateway.settings import Settings
from gateway.wiring.lease import LeasePart
class Says:
    name = "says"
    async def start(self): print("taken", flush=True)
    async def stop(self): pass
settings = Settings.model_validate({"storage": {"url": sys.argv[1]}})
asyncio.run(Process("radio", [LeasePart(settings, "radio"), Says()]).run())
"""


@contextmanager
def holder(url: str) -> Iterator[subprocess.Popen[str]]:
    program = subprocess.Popen(
        [sys.executable, "-c", HOLDS, url], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    try:
        assert any("taken" in line for line in iter(program.stdout.readline, "")), "it has no lease"
        yield program
    finally:
        program.kill()
        program.wait(10)
        program.stdout.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'songhua.db'}"
    return str(request.getfixturevalue("postgres_database"))


async def test_a_second_process_is_refused_and_a_killed_one_leaves_the_role_free(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roles, "PATIENCE_S", 0.5)
    settings = Settings.model_validate({"storage": {"url": url}})
    await roles.refuse_second(settings, ["radio"])
    with holder(url) as first:
        for attempt in (
            roles.refuse_second(settings, ["centre", "radio"]),
            lease.LeasePart(settings, "radio").start(),
        ):
            with pytest.raises(RoleAlreadyRuns, match=rf"radio .* pid {first.pid} on \S+ since 20\d\d-"):
                await attempt
        # Another role is another lease.
        other = lease.LeasePart(settings, "centre")
        await other.start()
        await other.stop()
        first.kill()
        first.wait(10)
        monkeypatch.setattr(roles, "PATIENCE_S", 20.0)
        mine = lease.LeasePart(settings, "radio")
        await mine.start()
        await mine.stop()
    await roles.refuse_second(settings, ["radio"])


async def test_who_finds_its_role_taken_after_an_outage_ends(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lease that was lost with the database's connection is taken again; one that another has is not."""
    monkeypatch.setattr(roles, "PATIENCE_S", 0.2)
    for name in ("WATCH_S", "NEWCOMER_S"):
        monkeypatch.setattr(lease, name, 0.2)
    ended: list[int] = []
    # Not in the module itself: the other process is killed by it.
    quiet = SimpleNamespace(getpid=os.getpid, kill=lambda _pid, number: ended.append(number))
    monkeypatch.setattr(lease, "os", quiet)
    part = lease.LeasePart(Settings.model_validate({"storage": {"url": url}}), "radio")
    await part.start()
    assert part._lease is not None
    await part._lease.release()
    async with asyncio.timeout(30):
        while not await part._lease.kept():  # the watch has no event to wait for
            await asyncio.sleep(0.05)
    assert ended == []
    await part._tasks.stop()
    await part._lease.release()
    with holder(url):
        await part._retake(part._lease)
    assert ended == [15]
    await part.stop()


async def test_who_stands_by_begins_when_the_role_is_free(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "STANDS_BY_S", 0.05)
    part = lease.LeasePart(Settings.model_validate({"storage": {"url": url}}), "radio")
    with holder(url) as first:
        turn = asyncio.create_task(part.turn())
        await asyncio.sleep(0)
        assert part._lease is not None
        while await part._lease.holder() is None:
            await asyncio.sleep(0.05)
        assert not turn.done()
        first.kill()
        first.wait(10)
        async with asyncio.timeout(30):
            await turn
    await part.start()
    monkeypatch.setattr(roles, "PATIENCE_S", 0.2)
    with pytest.raises(RoleAlreadyRuns):
        await lease.LeasePart(Settings.model_validate({"storage": {"url": url}}), "radio").start()
    await part.stop()


async def test_who_is_pushed_off_the_broker_ends_unless_the_lease_is_its_own(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []
    quiet = SimpleNamespace(getpid=os.getpid, kill=lambda _pid, number: ended.append(number))
    monkeypatch.setattr(lease, "os", quiet)
    monkeypatch.setattr(lease, "WATCH_S", 60.0)
    part = lease.LeasePart(Settings.model_validate({"storage": {"url": url}}), "radio")
    await part.turn()
    await part.start()
    assert part._lease is not None
    await part._leave_unless_kept()
    assert ended == []
    await part._lease.release()
    await part._leave_unless_kept()
    assert ended == [15]
    await part.stop()


async def test_a_process_that_stands_by_starts_nothing_and_can_be_ended() -> None:
    started: list[str] = []

    class Part:
        name = "part"

        async def start(self) -> None:
            started.append("part")
            process.end()

        async def stop(self) -> None:
            started.append("stopped")

    turn = asyncio.Event()

    async def wait() -> None:
        await turn.wait()

    process = Process("radio", [Part()], turn=wait)
    asyncio.get_running_loop().call_soon(process.end)
    await process.run()
    assert started == []
    process = Process("radio", [Part()], turn=wait)
    asyncio.get_running_loop().call_soon(turn.set)
    await process.run()
    assert started == ["part", "stopped"]
