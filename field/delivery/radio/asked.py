"""A crew asks at its terminal to telephone with the citizen of its job: each message once, with an answer.

What is refused is said in the receipt's `reason`; a request that waited too long rings nobody.
"""

from __future__ import annotations

from typing import ClassVar, Final
from uuid import UUID

from core.clock import Clock
from core.errors import SonghuaError
from core.metrics import counter
from core.storage import Storage
from field.contract.mobile import codec
from field.contract.mobile.messages import Command, Payload, said_at
from field.delivery.service import DeliveryService
from field.delivery.talk import ask_talk
from field.mobile.radio.driver import MobileDriver
from field.units import store as unit_store

_asked = counter("field_talks_asked", "Requests of crews to telephone with citizens", ["fate"])

LATEST_S: Final = 120.0
"""Who asked so long ago does not stand there with his telephone any more."""
RECEIPT_EXPIRY_S: Final = 600.0


class TalkRequest(Payload):
    """`up/talk`: connect this crew with the citizen of its job. QoS 1 with an expiry of 60 s. Answered by
    `down/cmd` `receipt`, whose `reason` is empty when the telephone is going to ring.
    """

    SCHEMA: ClassVar[str] = "unit.talk/1"

    dispatch_id: UUID


class TalkRequests:
    """For the role `radio`."""

    def __init__(
        self, storage: Storage, delivery_service: DeliveryService, driver: MobileDriver, clock: Clock
    ) -> None:
        self._storage = storage
        self._delivery_service = delivery_service
        self._driver = driver
        self._clock = clock

    def attach(self) -> None:
        """Before the link starts."""
        self._driver.take("talk", self.on_message)

    async def on_message(self, unit_id: str, payload: bytes) -> None:
        """Raises `Malformed`."""
        asked = codec.decode(TalkRequest, payload)
        now = self._clock.now()
        async with self._storage.write() as transaction:
            if not await unit_store.hear(transaction, unit_id, at=now):
                _asked.labels("unknown_unit").inc()
                return
            new = await transaction.first_time(f"unit:{unit_id}", str(asked.msg_id))
            why = "too-late" if (now - said_at(asked, now)).total_seconds() > LATEST_S else ""
            if not why:
                try:
                    await ask_talk(
                        transaction, self._delivery_service, asked.dispatch_id, new=new, unit_id=unit_id
                    )
                except SonghuaError as error:
                    why = error.kind
            seq = await unit_store.next_seq(transaction, unit_id)
        _asked.labels(why or "taken").inc()
        receipt = Command(seq=seq, ts=now, cmd="receipt", of=asked.msg_id, reason=why)
        await self._driver.send(unit_id, "cmd", receipt, expiry_s=RECEIPT_EXPIRY_S)
