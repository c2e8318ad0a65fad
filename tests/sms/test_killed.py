"""kill -9 between the SMSC's having a message and our knowing it (decision 0218)."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, update

from citizen.messages.model import MessagePurpose, MessageRules, MessageState, MessageWish, TemplateName
from citizen.messages.service import CitizenMessages
from citizen.messages.tables import messages
from core.ids import uuid7
from core.storage import Storage
from gateway.smpp.link import SmscLink
from tests.peers.checkout import CHECKOUT
from tests.peers.program import Program
from tests.peers.simulated_smsc import SimulatedSmsc
from tests.sms.routing import to_the_smsc
from tests.sms.sender_process import NoTrail
from tests.sms.sms_world import CITIZEN, settings
from tests.storage import empty_sqlite
from tests.waiting import until


@contextmanager
def sending(file: Path, smsc: SimulatedSmsc, doubt_s: float) -> Iterator[Program]:
    program = Program(
        [sys.executable, "-m", "tests.sms.sender_process", file, str(smsc.port), str(doubt_s)],
        log=file.with_suffix(".log"), cwd=CHECKOUT, env={**os.environ},
    )  # fmt: skip
    try:
        yield program
    finally:
        program.kill()


async def queued(file: Path, smsc: SimulatedSmsc) -> Storage:
    """A ledger with one message that is to be sent."""
    storage = empty_sqlite(file)
    storage.route = to_the_smsc
    service = CitizenMessages(storage, SmscLink(settings(smsc)), NoTrail(), timezone_h=8)
    service.rules = MessageRules()
    wish = MessageWish(uuid7(), MessagePurpose.PROGRESS, CITIZEN, TemplateName.CLOSED, {"case": "1"})
    async with storage.write() as transaction:
        await service.queue(transaction, wish)
    return storage


async def state_of(storage: Storage) -> str:
    async with storage.read() as connection:
        return str((await connection.execute(select(messages.c.state))).scalar_one())


async def becomes(storage: Storage, state: MessageState) -> None:
    async def there() -> bool:
        return await state_of(storage) == state.value

    await until(there, f"a message that is {state}")


async def killed_while_sending(storage: Storage, smsc: SimulatedSmsc, file: Path) -> None:
    smsc.set(answers=False)
    with sending(file, smsc, 3) as program:
        await until(lambda: len(smsc.submitted) == 1, "a message that left")
        program.kill()
    assert await state_of(storage) == MessageState.SUBMITTING
    smsc.set(answers=True)


async def test_a_receipt_after_the_restart_says_that_it_was_taken(
    smsc: SimulatedSmsc, tmp_path: Path
) -> None:
    file = tmp_path / "ledger.sqlite"
    storage = await queued(file, smsc)
    await killed_while_sending(storage, smsc, file)
    async with storage.write() as transaction:  # some seconds pass
        before = transaction.clock.now() - timedelta(seconds=6)
        await transaction.connection.execute(update(messages).values(claimed_at=before))
    with sending(file, smsc, 14):
        await until(lambda: smsc.count("bound") == 2, "a new link")
        smsc.receipt("1", CITIZEN)
        await becomes(storage, MessageState.DELIVERED)
        await asyncio.sleep(1)  # that nothing more leaves is the subject
    assert len(smsc.submitted) == 1
    await storage.close()


async def test_without_a_receipt_it_is_sent_again_once(smsc: SimulatedSmsc, tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    storage = await queued(file, smsc)
    await killed_while_sending(storage, smsc, file)
    with sending(file, smsc, 3):
        await becomes(storage, MessageState.DELIVERED)
    assert len(smsc.submitted) == 2
    assert smsc.submitted[0]["text"] == smsc.submitted[1]["text"]
    await storage.close()


async def test_a_message_that_had_not_left_is_sent_once(smsc: SimulatedSmsc, tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    storage = await queued(file, smsc)
    smsc.stop()
    with sending(file, smsc, 3) as program:
        await until(lambda: program.running, "a process")
        await asyncio.sleep(1)
        program.kill()
    assert await state_of(storage) == MessageState.WAITING
    smsc.start()
    with sending(file, smsc, 3):
        await becomes(storage, MessageState.DELIVERED)
    assert len(smsc.submitted) == 1
    await storage.close()
