"""What was deleted is not in the files of the database either."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import text

from core.storage import Storage, StorageSettings, create_engine
from core.storage.remains import clear

SECRET = "13906180339"


async def opened(file: Path) -> Storage:
    return Storage(create_engine(StorageSettings(url=f"sqlite+aiosqlite:///{file}")))


def held(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir() if SECRET.encode() in file.read_bytes()]


async def test_deleted_rows_leave_neither_pages_nor_log(tmp_path: Path) -> None:
    storage = await opened(tmp_path / "a.db")
    async with storage.write() as transaction:
        await transaction.connection.execute(text("CREATE TABLE t (k INTEGER PRIMARY KEY, v TEXT)"))
        for number in range(500):
            await transaction.connection.execute(
                text("INSERT INTO t (v) VALUES (:v)"), {"v": f"{SECRET} {number} {'x' * 200}"}
            )
    assert held(tmp_path)
    async with storage.write() as transaction:
        await transaction.connection.execute(text("DELETE FROM t WHERE k > 10"))
        await transaction.connection.execute(text("UPDATE t SET v = ''"))
    assert await clear(storage, [SECRET.encode()], ["t"]) == ""
    assert held(tmp_path) == []
    await storage.close()


async def test_remains_of_before_are_rewritten_away(tmp_path: Path) -> None:
    """A file whose pages were freed by a program that overwrites nothing."""
    file = tmp_path / "a.db"
    with sqlite3.connect(file) as link:
        link.execute("PRAGMA secure_delete=OFF")
        link.execute("CREATE TABLE t (v TEXT)")
        link.executemany("INSERT INTO t VALUES (?)", [(f"{SECRET} {'x' * 500}",) for _ in range(200)])
        link.commit()
        link.execute("DELETE FROM t")
        link.commit()
    link.close()
    assert held(tmp_path), "the deleted rows are still in free pages"
    storage = await opened(file)
    assert await clear(storage, [SECRET.encode()], []) == ""
    assert held(tmp_path) == []
    await storage.close()


async def test_what_a_row_says_stays_and_holds_up_nobody(tmp_path: Path) -> None:
    """As the telephone of a crew that was a citizen's number too: the file is not rewritten for ever."""
    storage = await opened(tmp_path / "a.db")
    async with storage.write() as transaction:
        await transaction.connection.execute(text("CREATE TABLE t (v TEXT)"))
        await transaction.connection.execute(text("INSERT INTO t VALUES (:v)"), {"v": SECRET})
    assert await clear(storage, [SECRET.encode()], []) == ""
    async with storage.read() as connection:
        assert (await connection.execute(text("SELECT v FROM t"))).scalar_one() == SECRET
    await storage.close()


async def test_a_reader_makes_it_wait(tmp_path: Path) -> None:
    storage = await opened(tmp_path / "a.db")
    async with storage.write() as transaction:
        await transaction.connection.execute(text("CREATE TABLE t (v TEXT)"))
    async with storage.read() as connection:
        await connection.execute(text("SELECT count(*) FROM t"))
        async with storage.write() as transaction:
            await transaction.connection.execute(text("INSERT INTO t VALUES (:v)"), {"v": SECRET})
        assert "later" in await clear(storage, [], [])
    assert await clear(storage, [], []) == ""
    await storage.close()
