"""A SIMULATOR of trunk-recorder with its MQTT status plugin: publishes to a real broker what the plugin's
public documentation lists, in its rhythm. No recorder was ever seen by it.
"""

from __future__ import annotations

import asyncio
from typing import Any

import aiomqtt

from tests.peers import recorder_payloads as payloads

EVERY_S = 1.0


class SimulatedRecorder:
    """One system. `start` when the broker is there; `kill` is noticed by the broker, `frozen` is not."""

    def __init__(self, port: int, user: str, password: str, *, topic: str, unit_topic: str) -> None:
        self._port = port
        self._user = user
        self._password = password
        self._topic = topic
        self._units = f"{unit_topic}/{payloads.SYSTEM}"
        self._said: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._calls: dict[str, dict[str, Any]] = {}
        self._number = 0
        self.frozen = False

    @property
    def _status(self) -> str:
        return f"{self._topic}/trunk_recorder/status"

    async def start(self) -> None:
        connected = asyncio.Event()
        self._task = asyncio.create_task(self._run(connected), name="simulated recorder")
        async with asyncio.timeout(10):
            await connected.wait()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._task = None

    def kill(self) -> None:
        """Without a word: the broker says the last will."""
        self._calls.clear()
        if self._task is not None:
            self._task.cancel()

    def begin(self, tg: int, unit: int, **more: Any) -> str:
        """A call; its id."""
        self._number += 1
        call_id = f"1_{tg}_{1_700_000_000 + self._number}"
        self._calls[call_id] = payloads.call(call_id=call_id, tg=tg, unit=unit, **more)
        self.say_unit("call", unit, talkgroup=tg)
        self.say("call_start", payloads.message("call_start", self._calls[call_id], name="call"))
        return call_id

    def end(self, call_id: str, *, said: bool = True) -> None:
        call = self._calls.pop(call_id, None)
        if call is not None and said:
            self.say("call_end", payloads.message("call_end", call, name="call"))

    def say(self, kind: str, payload: bytes) -> None:
        if not self.frozen:
            self._said.put_nowait((f"{self._topic}/{kind}", payload))

    def say_unit(self, kind: str, unit: int, **more: Any) -> None:
        if not self.frozen:
            self._said.put_nowait((f"{self._units}/{kind}", payloads.unit(kind, unit, **more)))

    def say_raw(self, topic: str, payload: bytes) -> None:
        self._said.put_nowait((topic, payload))

    async def _run(self, connected: asyncio.Event) -> None:
        will = aiomqtt.Will(self._status, payloads.status("disconnected"), qos=1, retain=True)
        client = aiomqtt.Client(
            "127.0.0.1", self._port, username=self._user, password=self._password, will=will,
            identifier="tr-status",
        )  # fmt: skip
        await client.__aenter__()
        try:
            await client.publish(self._status, payloads.status("connected"), retain=True)
            connected.set()
            await asyncio.gather(self._publish(client), self._beat())
        finally:
            # The socket goes without a DISCONNECT.
            client._client._sock_close()

    async def _publish(self, client: aiomqtt.Client) -> None:
        while True:
            topic, payload = await self._said.get()
            await client.publish(topic, payload)

    async def _beat(self) -> None:
        while True:
            self.say("calls_active", payloads.calls_active(*self._calls.values()))
            self.say("rates", payloads.rates())
            await asyncio.sleep(EVERY_S)
