"""Fixtures that any test may use: a storage on SQLite, and one on each kind of database."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from core.storage import Storage, StorageSettings, create_engine, metadata
from tests.peers.fixtures import postgres, postgres_url

__all__ = ["any_storage", "postgres", "postgres_database", "postgres_url", "storage"]


async def _open(url: str) -> Storage:
    storage = Storage(create_engine(StorageSettings(url=url)))
    async with storage.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    return storage


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    """An empty ledger on SQLite, with the tables of every room that the test imported."""
    opened = await _open(f"sqlite+aiosqlite:///{tmp_path / 'ledger.db'}")
    yield opened
    await opened.close()


@pytest.fixture
async def postgres_database(postgres_url: str) -> str:
    """A database of its own in the shared cluster, for tests that bring the schema themselves."""
    name = f"t{secrets.token_hex(6)}"
    connection = await asyncpg.connect(postgres_url.replace("+asyncpg", ""))
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return f"{postgres_url.rsplit('/', 1)[0]}/{name}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
async def any_storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    """The same, once on SQLite and once on a private PostgreSQL: for the tests of stores."""
    if request.param == "sqlite":
        url = f"sqlite+aiosqlite:///{tmp_path / 'ledger.db'}"
    else:
        url = request.getfixturevalue("postgres_url")
    opened = await _open(url)
    yield opened
    async with opened.engine.begin() as connection:
        await connection.run_sync(metadata.drop_all)
    await opened.close()
