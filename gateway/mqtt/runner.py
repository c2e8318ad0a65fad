"""Runs Mosquitto with its debug log read here: who wanted to speak as another is told to the role `radio`.

The log is read as fast as it comes, whatever happens to what is told: a broker whose log nobody reads stands
still. What a person should read goes on to the error output.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.environment import without_secrets
from core.errors import SonghuaError, Unavailable
from core.log import logger
from core.metrics import counter
from gateway.mqtt.link import MqttLink
from gateway.mqtt.refusals import LogReader, PublishRefusal, for_people, lines
from gateway.processes.notify import ServiceNotifier

_log = logger("mqtt")
_seen = counter("mqtt_refusals", "Publishes that the broker refused, as its log says", ["kind"])
_untold = counter("mqtt_refusals_untold", "Refusals that could not be told to the role radio")

WAITING: int = 1_000
CHUNK = 65_536
STOP_S = 10.0


class BrokerRunner:
    """`program` is the command of the broker, without `-v`; `link` an account that may tell refusals.
    `notifier` is told that the broker is ready when that account was let in.
    """

    def __init__(
        self, program: Sequence[str], link: MqttLink, notifier: ServiceNotifier | None = None
    ) -> None:
        self._program = [*program, "-v"]
        self._link = link
        self._notifier = notifier or ServiceNotifier()
        self._reader = LogReader(link.tenant)
        self._waiting: asyncio.Queue[PublishRefusal] = asyncio.Queue(WAITING)

    async def run(self) -> int:
        """Until the broker ends; its exit code. SIGTERM and SIGINT go to the broker, SIGHUP too."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._program,
                stdin=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                env=without_secrets(),
            )
        except FileNotFoundError as error:
            raise Unavailable(
                "mosquitto is not installed", remedy="install Debian's package mosquitto, 2.0 or newer"
            ) from error
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, _pass_on, process, number)
        await self._link.start()
        beside = [
            asyncio.create_task(self._tell(), name="mqtt.refusals"),
            asyncio.create_task(self._tell_ready(), name="mqtt.ready"),
        ]
        try:
            await self._read(process)
            return await process.wait()
        finally:
            self._notifier.stopping()
            for task in beside:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_S):
                    await self._link.stop()

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        buffer = bytearray()
        while more := await process.stderr.read(CHUNK):
            shown = [line for line in lines(buffer, more) if self._take(line)]
            if shown:
                with contextlib.suppress(OSError):
                    sys.stderr.buffer.write(b"".join(line + b"\n" for line in shown))
                    sys.stderr.buffer.flush()

    def _take(self, line: bytes) -> bool:
        """Whether the line is for people."""
        refusal = self._reader.read(line)
        if refusal is not None:
            _seen.labels(refusal.kind).inc()
            try:
                self._waiting.put_nowait(refusal)
            except asyncio.QueueFull:
                _untold.inc()
        return for_people(line)

    async def _tell_ready(self) -> None:
        with contextlib.suppress(SonghuaError):
            await self._link.wait_connected(None)
            self._notifier.ready()

    async def _tell(self) -> None:
        topic = f"v1/{self._link.tenant}/broker/refused"
        while True:
            first = await self._waiting.get()
            # A flood of one account is one message with its number.
            told: dict[PublishRefusal, int] = {first: 1}
            while not self._waiting.empty():
                refusal = self._waiting.get_nowait()
                told[refusal] = told.get(refusal, 0) + 1
            for refusal, times in told.items():
                await self._publish(topic, _body(refusal, times), times)

    async def _publish(self, topic: str, body: dict[str, Any], times: int) -> None:
        try:
            await self._link.wait_connected(STOP_S)
            await self._link.publish(topic, json.dumps(body).encode())
        except SonghuaError as error:
            _untold.inc(times)
            _log.warning("a refusal could not be told", error=error.kind, **body)


def command(config: Path) -> list[str]:
    """How the rendered broker is started."""
    return ["mosquitto", "-c", str(config)]


def _body(refusal: PublishRefusal, times: int) -> dict[str, Any]:
    return {
        "schema": "broker.refused/1",
        "user": refusal.user,
        "topic_unit": refusal.owner,
        "kind": refusal.kind,
        "times": times,
    }


def _pass_on(process: asyncio.subprocess.Process, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)
