"""The sums stay exactly in step with the figures of the calls, whatever the order in which these change."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete

from cdr.reports import rebuild, rollup, store
from cdr.reports.model import Fact
from core.storage import Storage
from tests.cdr.test_reports import any_fact
from tests.storage import empty_sqlite

STEPS = st.lists(st.lists(any_fact(), max_size=4, unique_by=lambda fact: fact.call_id), max_size=8)
GONE = st.sets(st.integers(0, 5))


async def change(storage: Storage, facts: list[Fact], gone: set[int]) -> None:
    """One transaction, as the keeper does it: these calls are now so, those are none any more."""
    after = {fact.call_id: fact for fact in facts}
    async with storage.write() as transaction:
        connection = transaction.connection
        before = await store.held(connection, list(after))
        everything = await store.held(
            connection,
            [one for one in (await connection.execute(store.facts.select())).scalars() if one.int in gone],
        )
        ids = {*after, *everything}
        delta = rollup.Delta()
        for call_id in ids:
            delta.replace({**everything, **before}.get(call_id), after.get(call_id))
        await store.drop(connection, list(ids))
        await store.put(connection, facts)
        await rollup.apply(connection, delta)


@given(STEPS, GONE)
async def test_sums_equal_brute_force_after_any_revisions(steps: list[list[Fact]], gone: set[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        storage = empty_sqlite(Path(folder) / "ledger.db")
        try:
            for facts in steps:
                await change(storage, facts, gone)
                assert await rebuild.differences(storage) == []
            async with storage.write() as transaction:
                for table in (store.facts, store.shares):
                    await transaction.connection.execute(delete(table))
            if steps and any(steps):
                # A test that cannot fail is none: without the calls the sums differ.
                held = [fact for facts in steps for fact in facts if fact.call_id.int not in gone]
                assert bool(await rebuild.differences(storage)) or not held
        finally:
            await storage.close()
