"""SQLite with one step to its thread for each statement.

The driver keeps a thread for each connection, and SQLAlchemy asks it up to four things for one statement:
make a cursor, execute, fetch, close. Each is a journey to the thread and back, which costs more than the
statement itself. Here the four are one, and a transaction begins on the way of its first statement.
"""

from __future__ import annotations

import asyncio
import collections
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection
from sqlalchemy.util import await_only

from core.private import make_file

_Found = tuple[Any, int, int | None, list[Any]]
"""Description, rowcount, lastrowid, rows."""
_THREAD_ENDS_S = 1.0
"""A driver's thread that could not open its file is gone after so long."""


def connect(dialect: Any, arguments: Sequence[Any], options: dict[str, Any]) -> DirectConnection:
    """A connection for SQLAlchemy's event `do_connect`."""
    name = str(arguments[0]) if arguments else ""
    if name and not name.startswith((":", "file:")):
        # What stands beside it (-wal, -shm) gets the mode of the database from SQLite itself.
        make_file(Path(name))
    driver = dialect.loaded_dbapi

    async def opened(*given: Any, **more: Any) -> Any:
        connection = driver.aiosqlite.connect(*given, **more)
        thread = connection._thread  # noqa: SLF001  # as SQLAlchemy does it
        thread.daemon = True
        try:
            return await connection
        except BaseException:
            # Its thread has a last word to say, to this loop: a closed one would print a traceback.
            await asyncio.to_thread(thread.join, _THREAD_ENDS_S)
            raise

    made = driver.connect(*arguments, async_creator_fn=opened, **options)
    return DirectConnection(made.dbapi, made._connection)  # noqa: SLF001


class DirectConnection(AsyncAdapt_aiosqlite_connection):
    """`begin_with_next` is the statement that begins a transaction, and is sent with the next one until it
    has succeeded. Where nothing was `sent` since the last end of a transaction, there is none to end.
    """

    __slots__ = ("begin_with_next", "sent")

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self.begin_with_next = ""
        self.sent = False

    def cursor(self, server_side: bool = False) -> Any:
        if not server_side:
            return DirectCursor(self)
        if self.begin_with_next:
            DirectCursor(self).execute("SELECT 1")
        self.sent = True
        return super().cursor(server_side=True)

    def commit(self) -> None:
        """Commit where a statement was sent since the last commit; else there is nothing to wait for."""
        if self._may_be_open():
            super().commit()
            self.sent = False

    def rollback(self) -> None:
        """Roll back where a statement was sent since the last commit."""
        if self._may_be_open():
            super().rollback()
            self.sent = False

    def _may_be_open(self) -> bool:
        self.begin_with_next = ""
        return self.sent


class DirectCursor:
    """A cursor of which nothing is left in the driver's thread after `execute`: its rows are here."""

    __slots__ = ("_connection", "_rows", "arraysize", "description", "lastrowid", "rowcount")

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection
        self._rows: collections.deque[Any] = collections.deque()
        self.arraysize = 1
        self.description: Any = None
        self.lastrowid: int | None = None
        self.rowcount = -1

    def execute(self, operation: str, parameters: Any = None) -> DirectCursor:
        """Run the statement in the driver's thread and take all its rows."""
        self._run(_execute, operation, parameters)
        return self

    def executemany(self, operation: str, parameters: Any) -> DirectCursor:
        """Run the statement for each of the parameters."""
        self._run(_execute_many, operation, parameters)
        return self

    def fetchone(self) -> Any:
        """The next row; None at the end."""
        return self._rows.popleft() if self._rows else None

    def fetchmany(self, size: int | None = None) -> Sequence[Any]:
        """The next rows, `size` at most."""
        wanted = self.arraysize if size is None else size
        return [self._rows.popleft() for _ in range(min(wanted, len(self._rows)))]

    def fetchall(self) -> Sequence[Any]:
        """All rows that were not read."""
        found = list(self._rows)
        self._rows.clear()
        return found

    def __iter__(self) -> Iterator[Any]:
        while self._rows:
            yield self._rows.popleft()

    def setinputsizes(self, *_sizes: Any) -> None:
        """SQLite has no use for them."""

    async def _async_soft_close(self) -> None:
        """Close the cursor; rows that were read stay."""

    def close(self) -> None:
        """Forget the rows that were not read."""
        self._rows.clear()

    def _run(self, work: Any, operation: str, parameters: Any) -> None:
        connection = self._connection
        driver: Any = connection._connection  # noqa: SLF001
        begin, connection.begin_with_next = connection.begin_with_next, ""
        connection.sent = True
        try:
            found = await_only(driver._execute(work, driver, begin, operation, parameters))  # noqa: SLF001
        except Exception as error:  # noqa: BLE001  # told in SQLAlchemy's terms, as its own cursor does
            if begin and _idle(driver):
                # It was BEGIN that failed: whoever goes on begins with the next statement, never without.
                connection.begin_with_next = begin
            connection._handle_exception(error)  # noqa: SLF001
        self.description, self.rowcount, self.lastrowid, rows = found
        self._rows = collections.deque(rows)


def _idle(driver: Any) -> bool:
    """Whether the connection is there, and in no transaction."""
    try:
        return not driver.in_transaction
    except ValueError:  # it is closed
        return False


def _execute(driver: Any, begin: str, operation: str, parameters: Any) -> _Found:
    """In the connection's thread."""
    connection: sqlite3.Connection = driver._conn  # noqa: SLF001
    if begin:
        connection.execute(begin)
    cursor = connection.execute(operation, () if parameters is None else parameters)
    try:
        rows = cursor.fetchall() if cursor.description else []
        return cursor.description, cursor.rowcount, cursor.lastrowid, rows
    finally:
        cursor.close()


def _execute_many(driver: Any, begin: str, operation: str, parameters: Any) -> _Found:
    """In the connection's thread."""
    connection: sqlite3.Connection = driver._conn  # noqa: SLF001
    if begin:
        connection.execute(begin)
    cursor = connection.executemany(operation, parameters)
    try:
        return cursor.description, cursor.rowcount, cursor.lastrowid, []
    finally:
        cursor.close()
