"""Alembic's entry: the metadata of every room, on the database that `songhua db` names."""

from __future__ import annotations

import asyncio

from alembic import context
from sqlalchemy.engine import Connection

from core.storage import StorageSettings, create_engine
from gateway.tables import metadata


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


async def online() -> None:
    engine = create_engine(StorageSettings(url=context.config.attributes["url"]))
    async with engine.connect() as connection:
        await connection.execution_options(songhua_write=True)
        await connection.run_sync(migrate)
        await connection.commit()
    await engine.dispose()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    asyncio.run(online())
