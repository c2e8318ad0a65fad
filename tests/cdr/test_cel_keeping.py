"""Asterisk's files of lines are deleted once they were read, never before; no line is lost or read twice."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from cdr.cel import retention
from cdr.cel.retention import CelRetention, forget_rejects
from cdr.cel.store import quarantine, rows
from core.clock import ManualClock
from tests.cdr.script import CITIZEN, START, Script, answered_call
from tests.cdr.world import World

OTHER = "13900005678"
WORDS = [CITIZEN.encode()]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "QUIET_S", 0.0)


def worker(world: World, *, kept_h: float = 72.0, after_h: float = 0.0) -> CelRetention:
    clock = ManualClock(START + timedelta(hours=after_h))
    return CelRetention(world.storage, world.cel, "songhua", kept_h=kept_h, clock=clock)


def lie(world: World) -> list[str]:
    return sorted(path.name for path in world.cel.parent.iterdir())


async def lines(world: World) -> int:
    async with world.storage.read() as connection:
        return int((await connection.execute(select(func.count()).select_from(rows))).scalar_one())


async def test_a_file_with_the_number_goes_when_it_was_read_and_the_next_lines_are_read_too(
    world: World,
) -> None:
    world.write(answered_call(Script(1_000, start=START)))
    keep = worker(world)
    assert "read to their end" in await keep.erase(WORDS), "nobody has read it yet"
    assert lie(world) != ["calls.csv"], "Asterisk begins a new file"
    assert "read to their end" in await keep.erase(WORDS)
    await world.take_in()
    before = await lines(world)
    assert before > 0
    assert await keep.erase(WORDS) == ""
    assert lie(world) == []
    await world.take_in(answered_call(Script(2_000, start=START + timedelta(hours=1)), number=OTHER))
    assert await lines(world) > before
    assert await keep.erase(WORDS) == ""
    assert lie(world) == ["calls.csv"], "a file without it stays"
    assert len(await world.calls()) == 2


async def test_a_file_in_which_a_line_is_not_finished_waits(world: World) -> None:
    await world.take_in(answered_call(Script(1_000, start=START)))
    with world.cel.open("ab") as stream:
        stream.write(b'"HANGUP","1795612161.000001","","13800')
    keep = worker(world)
    await keep.erase(WORDS)
    await world.take_in()
    assert await keep.erase(WORDS) != ""
    (left,) = world.cel.parent.iterdir()
    old = time.time() - 120
    os.utime(left, (old, old))
    await world.take_in()
    assert await keep.erase(WORDS) == "", "it is settled: what is no line went to the quarantine"


@pytest.mark.parametrize(("after_h", "left"), [(1.0, ["calls.csv"]), (19.0, 1), (80.0, 1)])
async def test_the_live_file_is_rotated_in_time(world: World, after_h: float, left: object) -> None:
    await world.take_in(answered_call(Script(1_000, start=START)))
    assert await worker(world, after_h=after_h).sweep() == 0
    names = lie(world)
    if left == 1:
        assert len(names) == 1
        assert names[0].startswith("calls.csv-")
        await world.take_in()
        assert len(await world.calls()) == 1, "it is the same file under another name"
    else:
        assert names == left


async def test_what_was_kept_long_enough_goes_and_zero_keeps_for_ever(world: World) -> None:
    await world.take_in(answered_call(Script(1_000, start=START)))
    await worker(world, after_h=80).sweep()
    (rotated,) = world.cel.parent.iterdir()
    old = time.time() - 73 * 3_600
    os.utime(rotated, (old, old))
    assert await worker(world, kept_h=0).sweep() == 0
    assert await worker(world, kept_h=80).sweep() == 0
    assert lie(world) == [rotated.name]
    assert await worker(world).sweep() == 1
    assert lie(world) == []


async def test_what_was_not_read_is_not_deleted_however_old(world: World) -> None:
    world.write(answered_call(Script(1_000, start=START)))
    rotated = Path(f"{world.cel}.1")
    world.cel.rename(rotated)
    os.utime(rotated, (1, 1))
    keep = worker(world)
    assert await keep.sweep() == 0
    await world.take_in()
    assert await keep.sweep() == 1


async def test_without_the_right_to_delete_it_says_what_to_do(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.take_in(answered_call(Script(1_000, start=START)))

    def refused(self: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "rename", refused)
    keep = worker(world, after_h=80)
    assert await keep.sweep() == 0
    assert "right to write" in keep.trouble
    assert "Permission denied" in await keep.erase(WORDS)
    monkeypatch.undo()
    await keep.sweep()
    assert keep.trouble == ""


async def test_damaged_lines_are_forgotten_in_time(world: World) -> None:
    world.storage.clock = ManualClock(START)
    async with world.storage.write() as transaction:
        for name, days in (("old", 31), ("new", 29)):
            await transaction.connection.execute(
                quarantine.insert().values(
                    line_id=name, path="calls.csv", offset=0, size=1, reason="cut", raw=b"x",
                    at=START - timedelta(days=days),
                )
            )  # fmt: skip
    assert await forget_rejects(world.storage, 30) == 1
