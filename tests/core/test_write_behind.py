"""What is written behind: in order, once, and nothing that fails takes anything else with it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from core.metrics import counter, gauge
from core.storage import StorageAway, WriteBehindQueue

DROPPED = counter("test_behind_dropped", "In tests of what is written behind")
WAITING = gauge("test_behind_waiting", "In tests of what is written behind")


class Database:
    """Simulated: away for a while, and some things it never takes."""

    def __init__(self, *, away: int = 0, never: frozenset[int] = frozenset()) -> None:
        self.kept: list[int] = []
        self.batches: list[int] = []
        self.away = away
        self._never = never

    async def write(self, batch: Sequence[int]) -> None:
        await asyncio.sleep(0)
        if self.away:
            self.away -= 1
            raise StorageAway
        if self._never & set(batch):
            raise ValueError("it cannot be kept")
        self.kept += batch
        self.batches.append(len(batch))


def write_behind(
    database: Database, *, limit: int = 100, at_once: int = 4, given_way: list[int] | None = None
) -> WriteBehindQueue[int]:
    async def no_sleep(_: float) -> None:
        await asyncio.sleep(0)

    return WriteBehindQueue(
        database.write, what="a number", limit=limit, dropped=DROPPED, waiting=WAITING, at_once=at_once,
        gives_way=None if given_way is None else given_way.append, sleep=no_sleep,
    )  # fmt: skip


@given(
    count=st.integers(0, 30), at_once=st.integers(1, 10), away=st.integers(0, 3),
    never=st.frozensets(st.integers(0, 29), max_size=5),
)  # fmt: skip
def test_in_order_and_once_whatever_the_database_does(
    count: int, at_once: int, away: int, never: frozenset[int]
) -> None:
    database = Database(away=away, never=never)
    queue = write_behind(database, at_once=at_once)

    async def scenario() -> None:
        for number in range(count):
            queue.add(number)
        # Two who want it written at the same time do not write it twice.
        await asyncio.gather(queue.write_waiting(), queue.write_waiting())

    asyncio.run(scenario())
    assert database.kept == [number for number in range(count) if number not in never]
    assert len(queue) == 0


async def test_what_waits_is_written_together() -> None:
    database = Database()
    queue = write_behind(database, at_once=4)
    for number in range(10):
        queue.add(number)
    await queue.write_waiting()
    assert database.batches == [4, 4, 2]


async def test_beyond_the_limit_the_oldest_gives_way() -> None:
    database, given_way = Database(), list[int]()
    queue = write_behind(database, limit=3, given_way=given_way)
    before = DROPPED._value.get()
    for number in range(5):
        queue.add(number)
    await queue.write_waiting()
    assert (database.kept, given_way, DROPPED._value.get() - before) == ([2, 3, 4], [0, 1], 2)


async def test_the_oldest_may_give_way_while_it_is_being_written() -> None:
    database = Database()
    queue = write_behind(database, limit=3)
    for number in range(3):
        queue.add(number)
    writing = asyncio.ensure_future(queue.write_waiting())
    await asyncio.sleep(0)
    queue.add(3)
    queue.add(4)
    await writing
    assert database.kept == [0, 1, 2, 3, 4]


async def test_the_last_are_written_or_given_up_soon() -> None:
    database = Database(away=1_000_000)
    queue = write_behind(database)
    queue.add(1)
    await asyncio.wait_for(queue.write_last(), 5)
    assert (database.kept, len(queue)) == ([], 1)
    database.away = 0
    await queue.write_last()
    assert database.kept == [1]
