"""Upgrades the database to this version's schema, and checks the schema at start.

Alembic is imported only to upgrade: every role looks at its start whether the schema is there.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Column, MetaData, String, Table, inspect, select

from core.errors import SonghuaError
from core.storage import Storage, StorageSettings, create_engine

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"
_REVISION: Final = re.compile(r"""^(down_)?revision = ["'](\w+)["']""", re.MULTILINE)
_VERSION: Final = Table("alembic_version", MetaData(), Column("version_num", String))


class SchemaBehind(SonghuaError):
    kind = "schema-behind"
    title = "The database's schema does not match this version"


class SchemaAhead(SchemaBehind):
    """A newer version wrote it; this one does not know what it means."""

    kind = "schema-ahead"
    title = "The database's schema is of a newer version"


def revisions() -> frozenset[str]:
    """Every revision that `upgrade` brings to the newest, that one too."""
    return frozenset(name for down, name in _revisions() if not down)


def head() -> str | None:
    """The revision that no other is made after."""
    found = _revisions()
    before = {name for down, name in found if down}
    return next((name for down, name in found if not down and name not in before), None)


def _revisions() -> list[tuple[str, str]]:
    """Each revision, and each that another comes after: `down_` stands before the latter."""
    return [one for file in MIGRATIONS.glob("versions/*.py") for one in _REVISION.findall(file.read_text())]


async def upgrade(settings: StorageSettings) -> None:
    """Bring the database to the newest schema; nothing happens when it is there. Raises `SchemaAhead`."""
    from alembic import command  # noqa: PLC0415

    storage = Storage(create_engine(settings))
    try:
        wrong = mismatch(await current(storage))
    finally:
        await storage.close()
    if isinstance(wrong, SchemaAhead):
        raise wrong
    await asyncio.to_thread(command.upgrade, _config(settings), "head")


async def downgrade(settings: StorageSettings, revision: str) -> None:
    """Take the database back to an earlier schema; what only later ones hold is lost. Nothing happens when it
    is there. Raises `SchemaAhead`, and `ValueError` for a revision that this version does not know.
    """
    from alembic import command  # noqa: PLC0415

    if revision not in revisions():
        raise ValueError(f"this version knows no schema {revision}")
    storage = Storage(create_engine(settings))
    try:
        found = await current(storage)
    finally:
        await storage.close()
    wrong = mismatch(found)
    if isinstance(wrong, SchemaAhead):
        raise wrong
    if found is not None and found > revision:
        await asyncio.to_thread(command.downgrade, _config(settings), revision)


def _config(settings: StorageSettings) -> Config:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["storage"] = settings
    return config


async def current(storage: Storage) -> str | None:
    """The revision that the database says it has; None where nothing was ever made."""
    async with storage.read() as connection:
        if not await connection.run_sync(lambda sync: inspect(sync).has_table(_VERSION.name)):
            return None
        found: str | None = await connection.scalar(select(_VERSION.c.version_num))
        return found


def absent(settings: StorageSettings) -> SchemaBehind | None:
    """The error for a database file that is not there; of a server, and of a folder, the driver
    says more.
    """
    file = settings.file()
    if file is None or file.exists() or not file.parent.is_dir():
        return None
    return SchemaBehind(f"there is no file {file}", remedy="check storage.url, or run songhua db upgrade")


def mismatch(found: str | None) -> SchemaBehind | None:
    """The error for a database at this revision; None when it is the one that this version needs."""
    if found == head():
        return None
    if found is None or found in revisions():
        return SchemaBehind(f"found {found or 'nothing'}, need {head()}", remedy="run songhua db upgrade")
    return SchemaAhead(
        f"found {found}, which this version does not know; it needs {head()}",
        remedy="install the version that wrote it, or restore the backup from before its upgrade",
    )


async def check(storage: Storage) -> None:
    """Raises `SchemaBehind`, or `SchemaAhead`, and says what helps."""
    wrong = mismatch(await current(storage))
    if wrong is not None:
        raise wrong
