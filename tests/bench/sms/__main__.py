"""`scripts/bench sms`: how many text messages a second leave, each once, through the simulated SMSC.

Messages are written down first, 100 a transaction; then the sender gives them to the SMSC with their marks
and outcomes on disk, while receipts come back. The simulated SMSC has a process of its own beside ours.
`cpu_ms_each` is our own processor time for each message with its receipts: on a busy machine it tells what a
quiet one would do.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections import Counter
from pathlib import Path

from sqlalchemy import func, select

from citizen.messages.model import MessagePurpose, MessageRules, MessageWish, TemplateName
from citizen.messages.sender import SmsSender
from citizen.messages.service import CitizenMessages
from citizen.messages.tables import messages
from core.ids import uuid7
from core.storage import Storage, StorageSettings, create_engine, metadata
from core.tasks import Tasks
from gateway import tables as _all_tables  # noqa: F401  # the outbox and the rooms' tables
from gateway.smpp.link import SmscLink
from gateway.smpp.settings import SmsSettings
from tests.peers.simulated_smsc import NUMBER, PASSWORD, SYSTEM_ID, SimulatedSmsc
from tests.sms.routing import to_the_smsc
from tests.sms.sender_process import NoTrail

RULES = MessageRules.model_validate({"quiet_from": "00:00", "quiet_until": "00:00", "per_day": 100})


async def measured(storage: Storage, smsc: SimulatedSmsc, count: int) -> dict[str, object]:
    storage.route = to_the_smsc
    link = SmscLink(
        SmsSettings.model_validate(
            {"host": "127.0.0.1", "port": smsc.port, "security": "none", "system_id": SYSTEM_ID,
             "password": PASSWORD, "number": NUMBER, "per_s": 10_000, "window": 50}
        )
    )  # fmt: skip
    service = CitizenMessages(storage, link, NoTrail(), timezone_h=8)
    service.rules = RULES
    began = time.perf_counter()
    for first in range(0, count, 100):
        async with storage.write() as transaction:
            for number in range(first, min(count, first + 100)):
                wish = MessageWish(
                    uuid7(), MessagePurpose.PROGRESS, f"139{number:08d}", TemplateName.CLOSED,
                    {"case": f"{number:019d}"}, case_id=uuid7(), step="closed",
                )  # fmt: skip
                await service.queue(transaction, wish)
    queued_s = time.perf_counter() - began
    sender = SmsSender(storage, link, service, doubt_s=900)
    await link.start()
    await link.until_ready()
    tasks = Tasks("bench")
    began, worked = time.perf_counter(), time.process_time()
    tasks.forever("send", sender.relay.run)
    while await in_state(storage, ("waiting", "submitting")):
        await asyncio.sleep(0.05)
    sent_s = time.perf_counter() - began
    while await in_state(storage, ("sent",)):
        await asyncio.sleep(0.05)
    delivered_s, worked_s = time.perf_counter() - began, time.process_time() - worked
    await tasks.stop()
    await link.stop()
    got = Counter(str(one["to"]) for one in smsc.submitted)
    return {
        "messages": count,
        "written_per_s": round(count / queued_s),
        "sent_per_s": round(count / sent_s),
        "cpu_ms_each": round(1000 * worked_s / count, 2),
        "receipts_after_s": round(delivered_s, 2),
        "numbers": len(got),
        "twice": sum(times > 1 for times in got.values()),
        "delivered": await in_state(storage, ("delivered",)),
    }


async def in_state(storage: Storage, states: tuple[str, ...]) -> int:
    async with storage.read() as connection:
        wanted = select(func.count()).select_from(messages).where(messages.c.state.in_(states))
        return int((await connection.execute(wanted)).scalar_one())


async def on(url: str, count: int) -> dict[str, object]:
    storage = Storage(create_engine(StorageSettings(url=url)))
    async with storage.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    smsc = SimulatedSmsc()
    smsc.start()
    try:
        return await measured(storage, smsc, count)
    finally:
        smsc.close()
        await storage.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=4000)
    chosen = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        found["sqlite"] = asyncio.run(on(f"sqlite+aiosqlite:///{folder}/bench.sqlite", chosen.count))
    chosen.out.write_text(json.dumps(found, indent=2), encoding="utf-8")
    for name, row in found.items():
        print(name, json.dumps(row))
        if row["twice"] or row["numbers"] != chosen.count:
            raise SystemExit("a message was lost or sent twice")


if __name__ == "__main__":
    main()
