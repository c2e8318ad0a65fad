"""Bringing the database to the schema of this version, and telling whether it is there."""

from __future__ import annotations

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from core.errors import SonghuaError
from core.storage import Storage, StorageSettings

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


class SchemaBehind(SonghuaError):
    kind = "schema-behind"
    title = "The database has another schema than this version"


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config


def head() -> str | None:
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


async def upgrade(settings: StorageSettings) -> None:
    """Bring the database to the newest schema; nothing happens when it is there."""
    await asyncio.to_thread(command.upgrade, _config(settings.url), "head")


async def current(storage: Storage) -> str | None:
    async with storage.engine.connect() as connection:
        return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())


async def check(storage: Storage) -> None:
    """Raises `SchemaBehind` and says which command helps."""
    found = await current(storage)
    if found != head():
        raise SchemaBehind(f"found {found or 'nothing'}, need {head()}", remedy="run songhua db upgrade")
