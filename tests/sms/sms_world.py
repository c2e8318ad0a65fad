"""The room of citizens with a real link to the simulated SMSC; its outbox is relayed as the service does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from citizen.messages.model import MessageRules, MessageState
from citizen.messages.tables import messages
from core.storage import Storage
from gateway.smpp.link import SmscLink
from gateway.smpp.settings import SmsSettings
from tests.citizen.city import City, city
from tests.peers.program import PeerFailed
from tests.peers.simulated_smsc import NUMBER, PASSWORD, SYSTEM_ID, SimulatedSmsc
from tests.sms.routing import to_the_smsc
from tests.waiting import until

CITIZEN = "13904510001"
ALL_DAY = MessageRules.model_validate({"quiet_from": "00:00", "quiet_until": "00:00", "per_day": 100})


class DayClock:
    """The machine's clock, set to noon in the city on the next day; a test may move it."""

    def __init__(self) -> None:
        now = datetime.now(UTC)
        noon = (now + timedelta(days=1)).replace(hour=4, minute=0, second=0, microsecond=0)
        self.offset = noon - now

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.2))

    def go(self, **time: float) -> None:
        self.offset += timedelta(**time)


def settings(smsc: SimulatedSmsc, **changed: object) -> SmsSettings:
    told = {
        "host": "127.0.0.1", "port": smsc.port, "security": "none", "system_id": SYSTEM_ID,
        "password": PASSWORD, "number": NUMBER, "retry_s": 0.2, "per_s": 1000, "window": 20, "answer_s": 5,
    }  # fmt: skip
    return SmsSettings.model_validate({**told, **changed})


@dataclass
class SmsWorld:
    """`city.settle` brings the events of one room to the other; the room's own tasks send."""

    city: City
    smsc: SimulatedSmsc
    storage: Storage
    clock: DayClock

    @property
    def texts(self) -> list[str]:
        """What the citizen's telephone got, whole messages of one part."""
        return [str(one["text"]) for one in self.smsc.submitted]

    async def states(self) -> list[MessageState]:
        async with self.storage.read() as connection:
            found = await connection.execute(
                select(messages.c.state).order_by(messages.c.created_at, messages.c.message_id)
            )
            return [MessageState(one) for one in found.scalars()]

    async def become(self, *states: MessageState) -> None:
        """Wait until the messages are in these states."""
        seen: list[MessageState] = []

        async def there() -> bool:
            nonlocal seen
            seen = await self.states()
            return seen == list(states)

        try:
            await until(there, "messages in their states", 10)
        except PeerFailed:
            raise AssertionError(f"{seen} are not {states}") from None


@asynccontextmanager
async def sms_world(
    storage: Storage, smsc: SimulatedSmsc, rules: MessageRules = ALL_DAY, **sms: object
) -> AsyncIterator[SmsWorld]:
    clock = DayClock()
    storage.clock = clock
    storage.route = to_the_smsc
    async with city(storage, link=SmscLink(settings(smsc, **sms)), real_sms=True, doubt_s=10) as on:
        on.citizen.messages.rules = rules
        await on.citizen.start()
        try:
            yield SmsWorld(on, smsc, storage, clock)
        finally:
            await on.citizen.stop()
