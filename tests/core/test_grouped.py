"""Writes of many tasks go in few transactions, and each task learns of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import func, select

from core.storage import GroupedWrites, Storage, Transaction
from core.storage.schema import inbox


class Notes:
    """Notes each item as a message that was seen; "broken" breaks its transaction."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []

    async def write(self, transaction: Transaction, items: Sequence[str]) -> None:
        self.groups.append(list(items))
        await transaction.first_times([("grouped", item) for item in items])
        if "broken" in items:
            raise LookupError


async def kept(storage: Storage) -> int:
    async with storage.read() as connection:
        return int((await connection.execute(select(func.count()).select_from(inbox))).scalar_one())


async def test_who_comes_while_one_commits_goes_with_the_next(any_storage: Storage) -> None:
    notes = Notes()
    grouped = GroupedWrites(any_storage, notes.write)
    await asyncio.gather(*(grouped.add(f"{number:03d}") for number in range(200)))
    assert await kept(any_storage) == 200
    assert [item for group in notes.groups for item in group] == [f"{number:03d}" for number in range(200)]
    assert len(notes.groups) < 20


async def test_a_group_has_a_limit(storage: Storage) -> None:
    notes = Notes()
    grouped = GroupedWrites(storage, notes.write, most=10)
    await asyncio.gather(*(grouped.add(str(number)) for number in range(95)))
    assert await kept(storage) == 95
    assert max(map(len, notes.groups)) == 10


async def test_an_error_is_told_to_each_of_its_group_and_ends_no_other(storage: Storage) -> None:
    notes = Notes()
    grouped = GroupedWrites(storage, notes.write)
    with pytest.raises(LookupError):
        await grouped.add("broken")
    assert await kept(storage) == 0
    await grouped.add("good")
    assert await kept(storage) == 1


async def test_who_is_cancelled_takes_nobody_along(storage: Storage) -> None:
    notes = Notes()
    grouped = GroupedWrites(storage, notes.write)
    tasks = [asyncio.create_task(grouped.add(str(number))) for number in range(20)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert [one for one in done[1::2] if one is not None] == []
    async with storage.read() as connection:
        found = set((await connection.execute(select(inbox.c.msg_id))).scalars())
    assert {str(number) for number in range(1, 20, 2)} <= found
