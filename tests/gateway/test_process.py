"""The life of a role: its parts start in order and stop in reverse; what they made is not looked through."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import weakref
from collections.abc import Iterator

import pytest

from gateway.app import Process
from tests.waiting import until


class Piece:
    """A part that remembers what was done to it."""

    def __init__(self, name: str, told: list[str], *, fails: bool = False) -> None:
        self.name = name
        self._told = told
        self._fails = fails

    async def start(self) -> None:
        self._told.append(f"{self.name} starts")
        if self._fails:
            raise OSError("no")

    async def stop(self) -> None:
        self._told.append(f"{self.name} stops")


async def test_parts_start_in_order_and_stop_in_reverse() -> None:
    told: list[str] = []
    process = Process("test", [Piece("one", told), Piece("two", told)])
    running = asyncio.ensure_future(process.run())
    while "two starts" not in told:
        await asyncio.sleep(0)
    process.end()
    await running
    assert told == ["one starts", "two starts", "two stops", "one stops"]


async def test_a_part_that_cannot_start_ends_the_process_and_stops_the_others() -> None:
    told: list[str] = []
    with pytest.raises(OSError, match="no"):
        await Process("test", [Piece("one", told), Piece("two", told, fails=True)]).run()
    assert told == ["one starts", "two starts", "two stops", "one stops"]


class Files(Piece):
    def reread(self) -> None:
        self._told.append(f"{self.name} reads again")


async def test_sighup_rereads_files_and_ends_nothing() -> None:
    told: list[str] = []
    process = Process("test", [Piece("one", told), Files("two", told)])
    running = asyncio.ensure_future(process.run())
    await until(lambda: "two starts" in told, "a process that is up")
    os.kill(os.getpid(), signal.SIGHUP)
    await until(lambda: "two reads again" in told, "files that are read again")
    assert not running.done()
    process.end()
    await running


class Made(Piece):
    """A part whose start makes what lives as long as the role, and leaves a circle of waste behind."""

    def __init__(self) -> None:
        super().__init__("made", [])
        self.living: list[list[str]] = []
        self.waste: weakref.ref[Piece] | None = None

    async def start(self) -> None:
        self.living = [["what the role works with"]]
        waste = Piece("waste", [])
        vars(waste)["itself"] = waste
        self.waste = weakref.ref(waste)


@pytest.fixture
def collector() -> Iterator[None]:
    """As in a process that has just begun: the test run itself has set apart what it imported."""
    set_apart = gc.get_freeze_count()
    gc.unfreeze()
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()
    if set_apart:
        gc.freeze()


def looked_through(wanted: object) -> bool:
    """Whether the collector still walks through it."""
    return any(one is wanted for one in gc.get_objects())


@pytest.mark.usefixtures("collector")
async def test_a_role_that_is_up_is_not_held_up_by_looking_through_what_its_start_made() -> None:
    made = Made()
    process = Process("test", [made])
    running = asyncio.ensure_future(process.run())
    try:
        await until(gc.get_freeze_count, "objects that are looked through no more")
        assert gc.isenabled()
        assert not looked_through(made.living)
        assert made.waste is not None
        assert made.waste() is None, "waste is cleared away first: it would stay for ever"
        later = [["what came later"]]
        assert looked_through(later)
    finally:
        process.end()
        await running
