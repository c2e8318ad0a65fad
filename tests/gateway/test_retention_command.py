"""`songhua cdr retention` tells what goes beside cases, and what a legal hold of the ledger keeps of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import insert

from cases.events import CaseState
from cases.exchange.order_model import OrderState
from cases.exchange.tables import orders
from cases.life import store as case_store
from cases.life.model import Case
from cdr.filings.store import subject_calls
from cdr.retention.store import set_hold
from core.ids import uuid7
from core.storage import Storage, StorageSettings, create_engine
from tests.gateway.test_places_commands import Shell

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def _closed(number: int) -> Case:
    return Case(
        uuid7(), f"2301022020010100{number}", f"1234567{number}", CaseState.CLOSED,
        "gbt30428.2@2013/E0505", "230102", "公滨路5号", None, "路面塌陷", "urgent", None, False, LONG_AGO,
        "li", LONG_AGO,
    )  # fmt: skip


async def _fill(folder: Path) -> None:
    """Two cases that were closed long ago with an order each; a hold stands on a call of the second."""
    storage = Storage(create_engine(StorageSettings(url=f"sqlite+aiosqlite:///{folder / 'ledger.db'}")))
    async with storage.write() as transaction:
        for number in (1, 2):
            case = _closed(number)
            await case_store.add(transaction.connection, case, drafted={}, final={})
            values = {
                "reference": f"order-{number}", "draft_id": uuid7(), "case_id": case.case_id,
                "state": OrderState.CLOSED.value, "registered_at": LONG_AGO, "received_at": LONG_AGO,
            }  # fmt: skip
            await transaction.connection.execute(insert(orders).values(values))
        call = uuid4()
        filed = {"subject": f"case:{case.case_id}", "call_id": call}
        await transaction.connection.execute(insert(subject_calls).values(filed))
        await set_hold(transaction, uuid4(), f"call:{call}", reason="court", by="sun", now=LONG_AGO)
    await storage.close()


def test_it_tells_what_goes_beside_cases_and_what_a_hold_keeps(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    asyncio.run(_fill(tmp_path))
    nothing = {"verifications": 0, "reconciliations": 0, "held": 1}
    for words, orders_gone in ((("--dry-run",), 1), ((), 1), ((), 0)):
        told = shell("cdr", "retention", *words)["cases"]
        assert told == {"dry_run": bool(words), "orders": orders_gone, **nothing}
