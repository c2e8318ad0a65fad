"""A unit's terminal whose voice is this process: the button over MQTT, the way into the conference by a
ticket as a page has it, the voice as plain RTP of the switch instead of WebRTC.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

from field.contract.mobile import codec, topics
from gateway.mqtt import Received
from radio_bridge.floor.model import FloorStage
from radio_bridge.switch.joining.messages import VoiceAsk, VoiceTicket
from tests.bench.radio.city import City
from tests.bench.radio.clocked import ClockedLine
from tests.mqtt.broker import TENANT
from tests.mqtt.field import until
from tests.mqtt.handset import Handset
from tests.peers.ports import free_port, release

FREE = {FloorStage.IDLE, FloorStage.HANG}


class Terminal:
    """`line` speaks and hears from `start` to `stop`; who hears it is the floor's business."""

    def __init__(self, city: City, uid: str, group: str) -> None:
        self.uid = uid
        self.group = group
        self.button = Handset(uid, city.account(uid), group)
        self.button.link.subscribe(topics.down(TENANT, uid, "voice"), self._on_voice, name="voice")
        self._city = city
        self._tickets: asyncio.Queue[VoiceTicket] = asyncio.Queue()
        self._port = free_port()
        self.line = ClockedLine(self._port)

    async def start(self) -> None:
        await self.button.start()
        await until(lambda: bool(self.button.states), 30, f"{self.uid} to see its group")
        ticket = await self._ticket()
        leg = f"UnicastRTP/127.0.0.1:{self._port}/c(ulaw)"
        words = f"channel originate {leg} extension {ticket}@songhua-unit"
        await asyncio.to_thread(self._city.switch.rx, words)
        await until(lambda: self.line.connected, 10, f"sound for {self.uid}")

    async def stop(self) -> None:
        """Its leg ends as well."""
        await self.button.stop()
        rows = await asyncio.to_thread(self._city.switch.rx, "core show channels concise")
        for name in (row.partition("!")[0] for row in rows.splitlines()):
            if name.startswith(f"UnicastRTP/127.0.0.1:{self._port}"):
                await asyncio.to_thread(self._city.switch.rx, f"channel request hangup {name}")
        self.line.close()
        release(self._port)

    async def press(self, *, emergency: bool = False) -> tuple[float, float]:
        """When it was pressed and when it was granted, by `time.monotonic`."""
        began = time.monotonic()
        await self.button.press(emergency=emergency)
        await self.button.answered("granted")
        return began, time.monotonic()

    async def let_go(self) -> None:
        await self.button.let_go()
        await until(lambda: self.button.state.stage in FREE, 10, f"a free floor of {self.group}")

    async def _ticket(self) -> str:
        now = datetime.now(UTC)
        async with asyncio.timeout(20):
            while True:
                ask = VoiceAsk(ts=now, sent=now, talkgroup=self.group)
                await self.button.link.publish(
                    topics.up(TENANT, self.uid, "voice"), codec.encode(ask), expiry_s=2
                )
                answer = await self._tickets.get()
                if answer.ticket:
                    return answer.ticket
                # The role `centre` may know of the unit's right a moment later than the broker.
                await asyncio.sleep(0.5)

    async def _on_voice(self, message: Received) -> None:
        self._tickets.put_nowait(codec.decode(VoiceTicket, message.payload))
