"""Alembic's entry: the metadata of every room, on the database that `songhua db` names."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON
from sqlalchemy.engine import Connection

from core.storage import create_engine
from core.storage.schema import UtcDateTime
from gateway.tables import is_ours, metadata


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Our own column types by their names, so that a revision reads like the tables do."""
    if kind == "type" and isinstance(item, UtcDateTime | JSON):
        name = "UtcDateTime" if isinstance(item, UtcDateTime) else "Json"
        autogen.imports.add(f"from core.storage.schema import {name}")
        return "UtcDateTime()" if name == "UtcDateTime" else "Json"
    return False


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        include_name=is_ours,
        render_item=render_item,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


async def online() -> None:
    engine = create_engine(context.config.attributes["storage"])
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
