"""What sends messages, as a process of its own that a test kills: DATABASE PORT DOUBT_S."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from typing import Any

from citizen.messages.model import MessageRules
from citizen.messages.sender import SmsSender
from citizen.messages.service import CitizenMessages
from core.actor import Actor
from core.storage import Storage, StorageSettings, Transaction, create_engine
from core.tasks import Tasks
from gateway.smpp.link import SmscLink
from gateway.smpp.settings import SmsSettings
from tests.peers.simulated_smsc import NUMBER, PASSWORD, SYSTEM_ID
from tests.sms.routing import to_the_smsc


class NoTrail:
    async def record_in(
        self, transaction: Transaction, actor: Actor, action: str, subject: str, detail: Mapping[str, Any]
    ) -> None:
        raise AssertionError("nobody acts here")


async def main(database: str, port: int, doubt_s: float) -> None:
    storage = Storage(
        create_engine(StorageSettings(url=f"sqlite+aiosqlite:///{database}")), route=to_the_smsc
    )
    link = SmscLink(
        SmsSettings.model_validate(
            {"host": "127.0.0.1", "port": port, "security": "none", "system_id": SYSTEM_ID,
             "password": PASSWORD, "number": NUMBER, "retry_s": 0.2}
        )
    )  # fmt: skip
    service = CitizenMessages(storage, link, NoTrail(), timezone_h=8)
    service.rules = MessageRules.model_validate({"quiet_from": "00:00", "quiet_until": "00:00"})
    sender = SmsSender(storage, link, service, doubt_s=doubt_s)
    await link.start()
    tasks = Tasks("sender")
    sender.start(tasks)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
