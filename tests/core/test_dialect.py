"""What the databases say differently stands in one place, and both do the same with it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import pytest
from sqlalchemy import Column, ColumnElement, Integer, MetaData, String, Table, literal, select

from core.storage import Storage
from core.storage.dialect import (
    NewValues,
    add_up,
    insert_if_new,
    insert_missing,
    insert_missing_of,
    insert_new,
    lock_number,
    lock_writes,
    next_number,
    upsert,
)
from tests.peers.checkout import CHECKOUT

stock = Table(
    "test_stock",
    MetaData(),
    Column("place", String(20), primary_key=True),
    Column("label", String(20), unique=True),
    Column("amount", Integer, nullable=False, default=0),
    Column("most", Integer, nullable=False, default=0),
)
ASKS: Final = re.compile(r"\.dialect\b(?! import)|sqlalchemy\.dialects|get_backend_name")
ROOMS: Final = sorted(path.parent for path in CHECKOUT.glob("*/__init__.py") if path.parent.name != "tests")


@pytest.fixture
async def storage(any_storage: Storage) -> AsyncIterator[Storage]:
    async with any_storage.engine.begin() as connection:
        await connection.run_sync(stock.metadata.create_all)
    yield any_storage
    async with any_storage.engine.begin() as connection:
        await connection.run_sync(stock.metadata.drop_all)


async def rows(storage: Storage) -> list[tuple[Any, ...]]:
    async with storage.read() as connection:
        return [tuple(row) for row in await connection.execute(select(stock).order_by(stock.c.place))]


def row(place: str, amount: int = 1, *, label: str | None = None, most: int = 0) -> dict[str, Any]:
    return {"place": place, "label": label, "amount": amount, "most": most}


async def test_a_row_with_a_key_that_is_taken_is_not_new(storage: Storage) -> None:
    async with storage.write() as transaction:
        connection = transaction.connection
        assert await insert_if_new(connection, stock, row("a", label="one"))
        assert not await insert_if_new(connection, stock, row("a", 2))
        assert not await insert_if_new(connection, stock, row("b", 2, label="one")), "any unique key counts"
    assert await rows(storage) == [("a", "one", 1, 0)]


async def test_missing_rows_are_inserted_and_the_others_stay(storage: Storage) -> None:
    async with storage.write() as transaction:
        connection = transaction.connection
        await insert_missing(connection, stock, [row("a"), row("b")])
        await insert_missing(connection, stock, [row("a", 9), row("c", 9)])
        await insert_missing(connection, stock, [row("b", 8), row("d", 8)], keys=["place"])
        await insert_missing(connection, stock, [])
    assert await rows(storage) == [("a", None, 1, 0), ("b", None, 1, 0), ("c", None, 9, 0), ("d", None, 8, 0)]


async def test_what_a_query_gives_is_inserted_where_it_is_missing(storage: Storage) -> None:
    columns = ["place", "amount", "most"]
    async with storage.write() as transaction:
        connection = transaction.connection
        await insert_missing(connection, stock, [row("a")])
        query = select(literal("a"), literal(5), literal(0)).union_all(
            select(literal("b"), literal(5), literal(0))
        )
        found = query.subquery()
        await insert_missing_of(connection, stock, columns, select(found))
    assert await rows(storage) == [("a", None, 1, 0), ("b", None, 5, 0)]


async def test_new_rows_name_themselves(storage: Storage) -> None:
    async with storage.write() as transaction:
        connection = transaction.connection
        await insert_missing(connection, stock, [row("a")])
        given = [row("a", 2), row("b", 2), row("c", 2)]
        new = await insert_new(connection, stock, given, returning=[stock.c.place])
        assert sorted(new.scalars()) == ["b", "c"]


def more(new: NewValues) -> Mapping[str, ColumnElement[Any]]:
    return {"most": stock.c.most + new.most}


def not_less(new: NewValues) -> ColumnElement[bool]:
    return stock.c.amount <= new.amount


async def test_an_upsert_changes_what_it_names_and_nothing_else(storage: Storage) -> None:
    async with storage.write() as transaction:
        connection = transaction.connection
        for amount in (1, 2):
            rows_given = [row("a", amount, label="one", most=amount), row("b", amount, most=amount)]
            await upsert(connection, stock, rows_given, keys=["place"], changed=["amount"])
        assert await upsert(connection, stock, row("c", 7), keys=["place"])
        assert await upsert(connection, stock, row("c", 8, most=3), keys=["place"]), "all but the key"
        await upsert(connection, stock, [], keys=["place"])
    assert await rows(storage) == [("a", "one", 2, 1), ("b", None, 2, 1), ("c", None, 8, 3)]


async def test_an_upsert_computes_and_leaves_what_its_condition_excludes(storage: Storage) -> None:
    async with storage.write() as transaction:
        connection = transaction.connection

        async def put(amount: int) -> bool:
            given = row("a", amount, most=amount)
            return await upsert(
                connection, stock, given, keys=["place"], changed=["amount"], computed=more, where=not_less
            )

        assert [await put(amount) for amount in (2, 5, 3, 5)] == [True, True, False, True]
    assert await rows(storage) == [("a", None, 5, 12)]


async def test_numbers_add_up_and_the_greatest_stays(storage: Storage) -> None:
    numbers = (Column(name, Integer, nullable=False) for name in ("amount", "most"))
    plain = Table("test_sums", MetaData(), Column("place", String(20), primary_key=True), *numbers)
    async with storage.engine.begin() as connection:
        await connection.run_sync(plain.metadata.create_all)
    try:
        async with storage.write() as transaction:
            for amount in (4, 9, 2):
                given = [{"place": place, "amount": amount, "most": amount} for place in "ab"]
                await add_up(transaction.connection, plain, given, greatest=["most"])
            found = await transaction.connection.execute(select(plain).order_by(plain.c.place))
            assert [tuple(one) for one in found] == [("a", 15, 9), ("b", 15, 9)]
    finally:
        async with storage.engine.begin() as connection:
            await connection.run_sync(plain.metadata.drop_all)


async def test_two_who_count_at_once_leave_no_number_out(storage: Storage) -> None:
    async def count() -> int:
        async with storage.write() as transaction:
            number = await next_number(transaction.connection, stock, {"place": "a"}, "amount")
            await asyncio.sleep(0.02)
            return number

    assert sorted(await asyncio.gather(*(count() for _ in range(5)))) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("lock", ["number", "table"])
async def test_who_holds_a_lock_is_alone_until_his_transaction_ends(storage: Storage, lock: str) -> None:
    seen: list[int] = []

    async def add() -> None:
        async with storage.write() as transaction:
            connection = transaction.connection
            if lock == "number":
                await lock_number(connection, 7)
            else:
                await lock_writes(connection, stock)
            found = list((await connection.execute(select(stock.c.place))).scalars())
            seen.append(len(found))
            await asyncio.sleep(0.02)
            await insert_missing(connection, stock, [row(f"p{len(found)}")])

    await asyncio.gather(*(add() for _ in range(4)))
    assert seen == [0, 1, 2, 3], "each saw what all before had written"


SEARCHES: Final = {"cases/search/store.py", "cases/tables.py"}
"""Full-text search is another engine in each database (FTS5; an inverted index over arrays): its SQL and
its index stand with what they find.
"""


def test_only_the_storage_asks_which_database_it_is() -> None:
    inside = CHECKOUT / "core" / "storage"
    asking = [
        str(path.relative_to(CHECKOUT))
        for room in ROOMS
        for path in sorted(room.rglob("*.py"))
        if inside not in path.parents and ASKS.search(path.read_text(encoding="utf-8"))
    ]
    assert set(asking) == SEARCHES
