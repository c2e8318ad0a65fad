"""What the ledger says of calls whose words may be trained on: erased, without words, confidential."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import insert

from cases.learning.ports import CallRetention
from cdr.calls.store import aliases, marks
from cdr.retention.model import RetentionKind
from cdr.retention.store import note
from core.storage import Storage
from gateway.retraining import ledger
from gateway.retraining.ledger import LedgerCallStates

NOW = datetime(2026, 11, 25, tzinfo=UTC)


async def alias(storage: Storage, name: UUID, call: UUID) -> None:
    async with storage.write() as transaction:
        await transaction.connection.execute(
            insert(aliases).values(alias=name, call_id=call, system_name="s", linkedid=str(name))
        )


async def mark(storage: Storage, call: UUID, *, confidential: bool) -> None:
    async with storage.write() as transaction:
        await transaction.connection.execute(
            insert(marks).values(call_id=call, confidential=confidential, marked_at=NOW, marked_by="li.na")
        )


async def test_of_each_call_under_any_of_its_ids(any_storage: Storage) -> None:
    erased, merged_into_it, wordless, secret, merged_secret, open_again, plain = (uuid4() for _ in range(7))
    for name, call in ((erased, erased), (merged_into_it, erased), (secret, secret), (merged_secret, secret)):
        await alias(any_storage, name, call)
    async with any_storage.write() as transaction:
        await note(transaction, erased, [RetentionKind.PERSONAL, RetentionKind.TRANSCRIPTS], NOW)
        await note(transaction, wordless, [RetentionKind.TRANSCRIPTS, RetentionKind.RECORDINGS], NOW)
        await note(transaction, plain, [RetentionKind.RECORDINGS], NOW)
    await mark(any_storage, merged_secret, confidential=True)
    await mark(any_storage, open_again, confidential=False)
    wanted = [erased, merged_into_it, wordless, secret, open_again, plain, uuid4()]
    async with any_storage.read() as connection:
        found = await LedgerCallStates().kept(connection, wanted)
        assert await LedgerCallStates().kept(connection, []) == {}
    gone = CallRetention(words_gone=True, erased=True)
    assert found == {
        erased: gone,
        merged_into_it: gone,
        wordless: CallRetention(words_gone=True),
        secret: CallRetention(confidential=True),
    }


async def test_many_calls_are_asked_for_a_page_at_a_time(storage: Storage) -> None:
    calls = [uuid4() for _ in range(ledger._PAGE + 3)]
    async with storage.write() as transaction:
        for call in calls:
            await note(transaction, call, [RetentionKind.PERSONAL], NOW)
    async with storage.read() as connection:
        found = await LedgerCallStates().kept(connection, calls)
    assert set(found) == set(calls)
