"""A service that is killed while events come: what was accepted is there, and each event is drafted once."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import func, select

from citizen.tables import reports
from sensing.tables import feed_events
from tests.bench.feeds.__main__ import counted, filled, server
from tests.bench.feeds.posting import Posted, post_all
from tests.waiting import until

MANY = 400


async def test_killed_in_the_middle_nothing_accepted_is_lost_and_nothing_is_doubled(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'feeds.db'}"
    async with filled(url) as storage:
        first, second = Posted(), Posted()
        program, port = await asyncio.to_thread(server, tmp_path, url)
        posting = asyncio.create_task(post_all(port, iter(range(MANY)), first))
        await until(lambda: len(first.accepted) >= MANY // 4, "a quarter is accepted")
        program.kill()
        await posting
        assert len(first.accepted) < MANY
        async with storage.read() as connection:
            kept = set((await connection.execute(select(feed_events.c.shown_id))).scalars())
        assert {f"WF-{number:08}" for number in first.accepted} <= kept
        program, port = await asyncio.to_thread(server, tmp_path, url)
        try:
            await post_all(port, iter(range(MANY)), second)
            assert len(second.accepted) == MANY
            while (await counted(storage))[1]:
                await asyncio.sleep(0.05)
        finally:
            await asyncio.to_thread(program.stop, 15)
        assert await counted(storage) == (MANY, 0, MANY)
        async with storage.read() as connection:
            ids = select(func.count(reports.c.message_id.distinct()))
            assert (await connection.execute(ids)).scalar_one() == MANY
