"""Migrations: an empty database becomes exactly what the tables say, on both kinds of database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.engine import Connection

from core.storage import Storage, StorageSettings, create_engine
from gateway import database
from gateway.tables import metadata


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> StorageSettings:
    if request.param == "sqlite":
        return StorageSettings(url=f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
    return StorageSettings(url=request.getfixturevalue("postgres_database"))


def _differences(connection: Connection) -> list[Any]:
    return list(
        compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)
    )


async def test_an_upgrade_makes_what_the_tables_say_and_may_be_repeated(empty: StorageSettings) -> None:
    await database.upgrade(empty)
    await database.upgrade(empty)
    storage = Storage(create_engine(empty))
    await database.check(storage)
    async with storage.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
    await storage.close()


async def test_a_database_without_a_schema_is_refused_with_the_command_that_helps(
    empty: StorageSettings,
) -> None:
    storage = Storage(create_engine(empty))
    with pytest.raises(database.SchemaBehind) as refused:
        await database.check(storage)
    assert "songhua db upgrade" in refused.value.remedy
    await storage.close()
