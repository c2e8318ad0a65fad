"""An erasure in the ledger reaches the hotline's own copies, and nothing else of them."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import insert, select

from cdr.events import CallErased
from core.storage import Storage
from gateway.wiring.cdr import HotlineErasure
from hotline.dispositions.store import dispositions
from hotline.outbound.callbacks.store import callbacks, lost_calls

NOW = datetime(2026, 11, 25, tzinfo=UTC)


async def test_notes_and_closed_callbacks_go(any_storage: Storage) -> None:
    erased, alias, other = uuid4(), uuid4(), uuid4()
    closed, running = uuid4(), uuid4()
    async with any_storage.write() as transaction:
        for call in (erased, alias, other):
            await transaction.connection.execute(
                insert(dispositions).values(
                    op_id=uuid4(), call_id=call, kind="case", note="王小明", case_ids=[], agent_id="li.na",
                    at=NOW,
                )
            )  # fmt: skip
        for callback, call, stage in ((closed, erased, "closed"), (running, alias, "waiting")):
            await transaction.connection.execute(
                insert(callbacks).values(
                    callback_id=callback, number="+8613904510001", queue="hotline", stage=stage, place=0.0,
                    due=0.0, rev=1, entry={}, changed_at=NOW,
                )
            )  # fmt: skip
            await transaction.connection.execute(
                insert(lost_calls).values(call_id=call, callback_id=callback, at=NOW)
            )
    forgetting = HotlineErasure(any_storage)
    await forgetting.on_erased(
        CallErased(call_id=erased, known_as=[alias], kinds=["recordings"], by="system:retention")
    )
    assert await notes(any_storage) == {erased: "王小明", alias: "王小明", other: "王小明"}
    for _ in range(2):
        await forgetting.on_erased(CallErased(call_id=erased, known_as=[alias], kinds=["personal"], by="sun"))
    assert await notes(any_storage) == {erased: "", alias: "", other: "王小明"}
    async with any_storage.read() as connection:
        left = (await connection.execute(select(callbacks.c.callback_id))).scalars().all()
    assert left == [running], "a citizen who waits is still called back"


async def notes(storage: Storage) -> dict[object, str]:
    async with storage.read() as connection:
        rows = await connection.execute(select(dispositions.c.call_id, dispositions.c.note))
        return {row.call_id: row.note for row in rows}
