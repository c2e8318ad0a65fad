"""A unit's terminal that says where it is, and keeps the texts that it gets until its crew looks at them."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any, Final, Self
from uuid import UUID

from core.errors import Unavailable
from field.contract.mobile import codec, topics
from field.contract.mobile.crew import TextMessage, TextReceipt
from field.contract.mobile.messages import Payload
from field.contract.mobile.whereabouts import Location
from gateway.mqtt import BrokerSettings, MqttLink, PresenceTopic, Received

PATIENCE_S: Final = 20.0
PLACE_S: Final = 2.0
"""So often it says where it is: what the centre does not know the unit of yet is lost."""
ACCURACY_M: Final = 10.0


class SimulatedTextTerminal:
    """On an event loop of its own, for stories that are told without one. `place`: longitude and latitude."""

    def __init__(self, settings: BrokerSettings, uid: str, place: tuple[float, float]) -> None:
        self.uid = uid
        self._place = place
        self._settings = settings
        self._numbers = itertools.count(1)
        self._texts: dict[UUID, TextMessage] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._link: MqttLink
        self._places: asyncio.Task[None]

    def __enter__(self) -> Self:
        self._thread.start()
        self._wait(self._begin())
        return self

    def __exit__(self, *_error: object) -> None:
        self._wait(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()

    @property
    def texts(self) -> list[str]:
        """What it was told, each text once, in the order in which they came."""
        return [one.text for one in list(self._texts.values())]

    def show(self, text: str) -> None:
        """The crew has it on the screen."""
        (shown,) = (one.msg_id for one in list(self._texts.values()) if one.text == text)
        now = datetime.now(UTC)
        said = TextReceipt(seq=next(self._numbers), ts=now, sent=now, of=shown, step="displayed")
        self._wait(self._say("seen", said))

    async def _begin(self) -> None:
        tenant = self._settings.tenant
        presence = PresenceTopic(topics.state(tenant, self.uid))
        self._link = MqttLink(self._settings, client_id=self.uid, presence=presence)
        self._link.subscribe(topics.down(tenant, self.uid, "text"), self._on_text, name="text")
        await self._link.start()
        await self._link.wait_connected(PATIENCE_S)
        self._places = asyncio.create_task(self._say_places())

    async def _end(self) -> None:
        self._places.cancel()
        await self._link.stop()

    async def _say_places(self) -> None:
        lon, lat = self._place
        while True:
            now = datetime.now(UTC)
            said = Location(
                seq=next(self._numbers), ts=now, sent=now, fix_at=now, lon=lon, lat=lat, accuracy_m=ACCURACY_M
            )
            with contextlib.suppress(Unavailable):
                await self._say("location", said)
            await asyncio.sleep(PLACE_S)

    async def _say(self, kind: str, said: Payload) -> None:
        await self._link.publish(topics.up(self._settings.tenant, self.uid, kind), codec.encode(said))

    async def _on_text(self, message: Received) -> None:
        said = codec.decode(TextMessage, message.payload, limit=codec.MAX_DOWN_BYTES)
        self._texts.setdefault(said.msg_id, said)

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S + 5)
