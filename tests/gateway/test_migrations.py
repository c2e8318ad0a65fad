"""Migrations: an empty database becomes exactly what the tables say, on both kinds of database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, select, text
from sqlalchemy.engine import Connection

from cases.exchange.order_model import OrderState
from cases.exchange.tables import orders
from cases.tables import cases, outside_deadlines
from cases.verification.tables import verifications
from cdr.reports import rebuild, rollup, store
from cdr.reports.model import AgentShare, Fact
from core.ids import uuid7
from core.storage import Storage, StorageSettings, create_engine
from gateway import database
from gateway.tables import is_ours, metadata
from privacy.store import erasures


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> StorageSettings:
    if request.param == "sqlite":
        return StorageSettings(url=f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
    return StorageSettings(url=request.getfixturevalue("postgres_database"))


def _differences(connection: Connection) -> list[Any]:
    opts = {"compare_type": True, "include_name": is_ours}
    return list(compare_metadata(MigrationContext.configure(connection, opts=opts), metadata))


async def test_an_upgrade_makes_what_the_tables_say_and_may_be_repeated(empty: StorageSettings) -> None:
    await database.upgrade(empty)
    await database.upgrade(empty)
    storage = Storage(create_engine(empty))
    await database.check(storage)
    async with storage.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
    await storage.close()


def test_the_newest_revision_is_the_one_that_alembic_finds() -> None:
    scripts = ScriptDirectory(str(database.MIGRATIONS))
    assert database.head() == scripts.get_current_head()
    assert database.revisions() == {script.revision for script in scripts.walk_revisions()}


async def test_the_revision_is_told_as_alembic_tells_it(empty: StorageSettings) -> None:
    storage = Storage(create_engine(empty))
    for revision in ("0004", "head"):
        await asyncio.to_thread(command.upgrade, database._config(empty), revision)
        async with storage.engine.connect() as connection:
            told = await connection.run_sync(
                lambda sync: MigrationContext.configure(sync).get_current_revision()
            )
        assert await database.current(storage) == told
    assert told == database.head()
    await storage.close()


async def test_a_database_without_a_schema_is_refused_with_the_command_that_helps(
    empty: StorageSettings,
) -> None:
    storage = Storage(create_engine(empty))
    with pytest.raises(database.SchemaBehind) as refused:
        await database.check(storage)
    assert "songhua db upgrade" in refused.value.remedy
    await storage.close()


def _fact(direction: str, hour: int, shares: tuple[AgentShare, ...]) -> Fact:
    at = datetime(2026, 11, 25, hour, tzinfo=UTC)
    return Fact(
        call_id=uuid7(), queue="hotline" if direction == "inbound" else "", direction=direction,
        outcome="answered", started_at=at, queued_at=None, answered_at=at, ended_at=at + timedelta(minutes=3),
        wait_ms=0, length_ms=180_000, talk_ms=60_000, shares=shares,
    )  # fmt: skip


async def test_what_placed_calls_took_is_set_apart_in_the_sums_that_are_there(empty: StorageSettings) -> None:
    """Two agents, calls both ways, two quarters of one watch: as an earlier version had added them up."""
    await database.upgrade(empty)
    storage = Storage(create_engine(empty))
    delta = rollup.Delta()
    facts = [
        _fact("inbound", 8, (AgentShare("li", taken=1, talk_ms=60_000, hold_ms=5_000, wrap_ms=9_000),)),
        _fact("outbound", 8, (AgentShare("li", taken=1, talk_ms=30_000, hold_ms=2_000, wrap_ms=7_000),)),
        _fact(
            "outbound",
            9,
            (AgentShare("li", taken=1, wrap_ms=4_000), AgentShare("wang", taken=1, hold_ms=1_000)),
        ),
        _fact("internal", 9, (AgentShare("li", taken=1, talk_ms=10_000),)),
    ]
    for fact in facts:
        delta.replace(None, fact)
    async with storage.write() as transaction:
        await store.put(transaction.connection, facts)
        await rollup.apply(transaction.connection, delta)
    assert await rebuild.differences(storage) == []
    config = database._config(empty)
    await asyncio.to_thread(command.downgrade, config, "0004")
    sums = "SELECT agent, sum(hold_ms), sum(wrap_ms) FROM {} GROUP BY agent ORDER BY agent"
    async with storage.engine.connect() as connection:
        for table in ("cdr_agent_quarters", "cdr_agent_watches"):
            rows = (await connection.execute(text(sums.format(table)))).all()
            assert [tuple(map(str, row)) for row in rows] == [
                ("li", "7000", "20000"),
                ("wang", "1000", "0"),
            ]
    await database.upgrade(empty)
    assert await rebuild.differences(storage) == []
    await storage.close()


async def test_an_erasure_of_an_address_holds_up_no_downgrade(empty: StorageSettings) -> None:
    """The version of before knows numbers alone, of 40 signs."""
    await database.upgrade(empty)
    storage = Storage(create_engine(empty))
    at = datetime(2026, 11, 25, 8, tzinfo=UTC)
    rows = [
        {"erasure_id": uuid7(), "number": number, "call_ids": [], "reason": "asked", "by": "sun",
         "ordered_at": at, "state": "running", "steps": {}}
        for number in ("13904510001", "wang@example.org", f"{'w' * 40}@example.org")
    ]  # fmt: skip
    async with storage.write() as transaction:
        await transaction.connection.execute(insert(erasures), rows)
    await asyncio.to_thread(command.downgrade, database._config(empty), "0063")
    await database.upgrade(empty)
    async with storage.engine.connect() as connection:
        assert list((await connection.execute(select(erasures.c.number))).scalars()) == ["13904510001"]
    await storage.close()


async def test_cases_take_over_what_stood_in_their_form_alone(empty: StorageSettings) -> None:
    """More than are read at once, one of them of an erased person, one of an emergency without any form."""
    await database.upgrade(empty)
    storage = Storage(create_engine(empty))
    at = datetime(2026, 11, 25, 8, tzinfo=UTC)
    form = {"count": {"value": "2"}, "callback": {"value": "13904510001"}, "cell": {"value": None}}
    forms: list[dict[str, Any]] = [form, {"count": {"value": "7-8"}}, {}, *[form] * 500]
    rows = [
        {
            "case_id": uuid7(), "number": f"2301032026112500{number:03}", "spoken_code": f"{number:08}",
            "state": "filed", "category": "x@1/P0101", "description": "", "confidential": False,
            "drafted": {}, "final": final, "filed_at": at, "filed_by": "li", "updated_at": at,
            "filed_order": number,
        }
        for number, final in enumerate(forms)
    ]  # fmt: skip
    async with storage.write() as transaction:
        await transaction.connection.execute(insert(cases), rows)
    config = database._config(empty)
    await asyncio.to_thread(command.downgrade, config, "0026")
    await database.upgrade(empty)
    async with storage.engine.connect() as connection:
        query = select(cases.c["count"], cases.c.callback, cases.c.cell).order_by(cases.c.number)
        found = [tuple(row) for row in await connection.execute(query)]
    assert found == [("2", "13904510001", None), ("7-8", None, None), (None,) * 3, *[found[0]] * 500]
    await storage.close()


async def test_deadlines_of_orders_that_are_not_over_count_after_the_upgrade(empty: StorageSettings) -> None:
    """One order in each state, as an earlier version had kept them; and back, with a department whose name is
    longer than there was room for.
    """
    await database.upgrade(empty)
    storage = Storage(create_engine(empty))
    at = datetime(2026, 11, 25, 8, tzinfo=UTC)
    rows = [
        {
            "reference": state.value, "draft_id": uuid7(), "case_id": uuid7(), "state": state.value,
            "registered_at": at, "received_at": at, "due_at": at + timedelta(days=3),
        }
        for state in OrderState
    ]  # fmt: skip
    task = {
        "task_id": uuid7(), "unit_id": f"department:{'d' * 64}", "unit_name": "环卫所", "state": "asked",
        "words": "", "asked_by": "zhao", "asked_at": at, "due_at": at, "beat": "", "confidential": False,
        "finding": "", "answer": "", "acts": [],
    }  # fmt: skip
    async with storage.write() as transaction:
        await transaction.connection.execute(insert(orders), rows)
        await transaction.connection.execute(insert(verifications), [task])
    await asyncio.to_thread(command.downgrade, database._config(empty), "0064")
    await database.upgrade(empty)
    async with storage.engine.connect() as connection:
        taken = set((await connection.execute(select(outside_deadlines.c.reference))).scalars())
        (unit,) = (await connection.execute(select(verifications.c.unit_id))).scalars()
    assert {state.value for state in OrderState} - taken == {"declined", "closed", "cancelled", "handed_over"}
    assert unit == f"department:{'d' * 64}"[:64]
    await storage.close()
