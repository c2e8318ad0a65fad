"""The life of a role: its parts start in order and stop in reverse; what they made is not looked through."""

from __future__ import annotations

import asyncio
import gc

import pytest

from gateway.app import Process


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


async def test_a_role_that_is_up_is_not_held_up_by_looking_through_what_its_start_made() -> None:
    process = Process("test", [])
    running = asyncio.ensure_future(process.run())
    try:
        while not gc.get_freeze_count():
            await asyncio.sleep(0)
    finally:
        gc.unfreeze()
        process.end()
        await running
