"""An operation is done once for its `op_id`: in the database across transactions, in memory for a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Column, MetaData, String, Table

from core.operations import OperationMemory, OperationReused
from core.storage import Storage, Uuid
from core.storage.operations import claim, release

acts = Table(
    "test_acts",
    MetaData(),
    Column("op_id", Uuid, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("made", String(20), nullable=False),
)


@pytest.fixture
async def storage(any_storage: Storage) -> AsyncIterator[Storage]:
    async with any_storage.engine.begin() as connection:
        await connection.run_sync(acts.metadata.create_all)
    yield any_storage
    async with any_storage.engine.begin() as connection:
        await connection.run_sync(acts.metadata.drop_all)


async def claimed(storage: Storage, op_id: UUID, kind: str, made: str) -> str | None:
    """What the first claim made; None for the first."""
    async with storage.write() as transaction:
        operation = {"op_id": op_id, "kind": kind, "made": made}
        first = await claim(transaction.connection, acts, operation, same=["kind"])
        await asyncio.sleep(0.02)
        return None if first is None else str(first.made)


async def test_the_second_claim_gets_what_the_first_made(storage: Storage) -> None:
    op_id = uuid4()
    assert await claimed(storage, op_id, "file", "case 1") is None
    assert await claimed(storage, op_id, "file", "case 2") == "case 1"
    assert await claimed(storage, uuid4(), "file", "case 3") is None


async def test_one_of_several_at_the_same_moment_is_the_first(storage: Storage) -> None:
    op_id = uuid4()
    found = await asyncio.gather(*(claimed(storage, op_id, "file", f"case {n}") for n in range(4)))
    assert found.count(None) == 1
    (first,) = {f"case {found.index(None)}"}
    assert [one for one in found if one is not None] == [first] * 3


async def test_another_operation_under_the_same_id_is_refused(storage: Storage) -> None:
    op_id = uuid4()
    await claimed(storage, op_id, "file", "case 1")
    with pytest.raises(OperationReused):
        await claimed(storage, op_id, "close", "case 1")
    async with storage.write() as transaction:
        operation = {"op_id": op_id, "kind": "close", "made": ""}
        known = await claim(transaction.connection, acts, operation)
    assert known is not None, "without `same` every operation of this id is the first one"


async def test_what_was_refused_or_rolled_back_may_be_claimed_again(storage: Storage) -> None:
    op_id = uuid4()
    await claimed(storage, op_id, "file", "case 1")
    async with storage.write() as transaction:
        await release(transaction.connection, acts, op_id)
    assert await claimed(storage, op_id, "close", "case 2") is None

    async def fail(other: UUID) -> None:
        async with storage.write() as transaction:
            await claim(transaction.connection, acts, {"op_id": other, "kind": "file", "made": ""})
            raise RuntimeError

    other = uuid4()
    with pytest.raises(RuntimeError):
        await fail(other)
    assert await claimed(storage, other, "close", "case 3") is None


def test_memory_gives_the_first_answer_and_refuses_another_operation() -> None:
    memory, op_id, done = OperationMemory[str](), uuid4(), list[str]()

    def work() -> str:
        done.append("done")
        return f"answer {len(done)}"

    assert memory.do(op_id, "ready", work) == "answer 1"
    assert memory.do(op_id, "ready", work) == "answer 1"
    assert memory.answer(op_id) == "answer 1"
    with pytest.raises(OperationReused):
        memory.do(op_id, "away", work)
    assert done == ["done"]
    assert [memory.do(None, "ready", work) for _ in range(2)] == ["answer 2", "answer 3"]


def test_memory_forgets_what_was_refused_and_the_oldest_beyond_its_limit() -> None:
    memory, ids = OperationMemory[bool](kept=2), [uuid4() for _ in range(3)]
    assert [memory.again(op_id, "press", True) for op_id in (ids[0], ids[0], ids[1])] == [False, True, False]
    memory.forget(ids[0])
    assert not memory.again(ids[0], "release", True)
    assert not memory.again(ids[2], "press", True)
    assert [memory.answer(op_id) is not None for op_id in ids] == [True, False, True]
