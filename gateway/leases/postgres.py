"""A lease by an advisory lock of PostgreSQL, held by a connection of its own: it is free when the holder's
connection is gone. The server asks a silent host by TCP keep-alives, so that a dead machine frees it too.
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from core.storage.settings import SILENT_CLIENT
from gateway.leases.model import LeaseUnknown, RoleHolder, this_process

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from core.storage import StorageSettings

LOCKS: Final = 0x50E6
"""The first number of our advisory locks; the second is the role's, or the switch's."""
ASKS_S: Final = 5.0
LONGEST_NAME: Final = 63
_WHO: Final = (
    "SELECT a.application_name, a.backend_start FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
    "WHERE l.locktype = 'advisory' AND l.granted AND l.classid = :locks AND l.objid = :number "
    "AND l.objsubid = 2 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class PostgresLease:
    """`number` is the role's or the switch's. The connection's name, which the server shows to others, says
    who holds it.
    """

    def __init__(self, settings: StorageSettings, role: str, number: int) -> None:
        self._settings = settings
        self._role = role
        self._number = number
        self._engine: AsyncEngine | None = None
        self._connection: AsyncConnection | None = None

    async def take(self) -> RoleHolder | None:
        if self._connection is not None:
            return None
        connection = await self._connect()
        try:
            if await self._ask(connection, "SELECT pg_try_advisory_lock(:locks, :number)"):
                self._connection = connection
                return None
            holder = await self._who(connection)
        except BaseException:
            await _close(connection)
            raise
        await _close(connection)
        # It may have been given back between the two questions.
        return holder or RoleHolder("unknown", 0, datetime.now().astimezone())

    async def kept(self) -> bool:
        if self._connection is None:
            return False
        try:
            await self._ask(self._connection, "SELECT 1 + 0 * :locks + 0 * :number")
        except LeaseUnknown:
            await self._lose()
            return False
        return True

    async def holder(self) -> RoleHolder | None:
        connection = self._connection or await self._connect()
        try:
            return await self._who(connection)
        finally:
            if connection is not self._connection:
                await _close(connection)

    async def release(self) -> None:
        await self._lose()
        if self._engine is not None:
            await self._engine.dispose()
            self._engine = None

    async def _lose(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await _close(connection)

    async def _connect(self) -> AsyncConnection:
        # Imported here: who asks for a lease of a file loads none of it.
        from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415
        from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415
        from sqlalchemy.pool import NullPool  # noqa: PLC0415

        if self._engine is None:
            mine = this_process()
            name = f"songhua {self._role} {mine.pid} {mine.host}"[:LONGEST_NAME]
            self._engine = create_async_engine(
                self._settings.address(),
                poolclass=NullPool,
                isolation_level="AUTOCOMMIT",
                connect_args={
                    "timeout": ASKS_S, "server_settings": {"application_name": name, **SILENT_CLIENT}
                },
            )  # fmt: skip
        try:
            async with asyncio.timeout(ASKS_S):
                return await self._engine.connect()
        except (OSError, TimeoutError, SQLAlchemyError) as error:
            raise LeaseUnknown(f"the database does not answer ({type(error).__name__})") from error

    async def _ask(self, connection: AsyncConnection, question: str) -> Any:
        from sqlalchemy import text  # noqa: PLC0415
        from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

        try:
            async with asyncio.timeout(ASKS_S):
                return (
                    await connection.execute(text(question), {"locks": LOCKS, "number": self._number})
                ).first()[0]  # type: ignore[index]  # these questions have one row
        except (OSError, TimeoutError, SQLAlchemyError) as error:
            raise LeaseUnknown(f"the database does not answer ({type(error).__name__})") from error

    async def _who(self, connection: AsyncConnection) -> RoleHolder | None:
        from sqlalchemy import text  # noqa: PLC0415
        from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

        try:
            async with asyncio.timeout(ASKS_S):
                row = (await connection.execute(text(_WHO), {"locks": LOCKS, "number": self._number})).first()
        except (OSError, TimeoutError, SQLAlchemyError) as error:
            raise LeaseUnknown(f"the database does not answer ({type(error).__name__})") from error
        if row is None:
            return None
        name, since = str(row[0]), row[1]
        words = name.split(" ", 3)
        if len(words) != 4 or not words[2].isdigit():
            return RoleHolder(name, 0, since)
        return RoleHolder(words[3], int(words[2]), since)


async def _close(connection: AsyncConnection) -> None:
    """A connection that is broken cannot be closed in good order, and need not be."""
    with contextlib.suppress(Exception):
        async with asyncio.timeout(ASKS_S):
            await connection.close()
