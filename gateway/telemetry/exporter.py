"""Sends spans in batches, from a bounded queue and on a thread of its own; `add` neither waits nor raises."""

from __future__ import annotations

import asyncio
import ssl
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property, partial
from http.client import HTTPException
from typing import Final

from core.clock import Clock, SystemClock
from core.http_client import NoRedirect
from core.log import logger
from core.metrics import counter, gauge
from core.room import Health
from core.tasks import Tasks
from gateway.telemetry.codec import encoded, rejected
from gateway.telemetry.model import Attribute, TelemetrySpan
from gateway.telemetry.settings import TelemetrySettings

_log = logger("gateway")
_spans = counter("telemetry_spans", "Spans by what became of them: sent, dropped, refused", ["fate"])
_queued = gauge("telemetry_spans_queued", "Spans that wait for the receiver")

MOST_AT_ONCE: Final = 512
LONGEST_PAUSE_S: Final = 60.0
LAST_S: Final = 2.0
ANSWER: Final = 64 * 1024
AGAIN: Final = frozenset({429, 502, 503, 504})
"""The statuses after which OTLP/HTTP wants a batch to be sent again."""


class ReceiverAway(Exception):
    """It does not answer, or asks to be asked later."""


class SpansRefused(Exception):
    """It does not want this batch, and will not want it later."""


class SpanExporter:
    """A part of the centre. `resource` says of whom all spans are."""

    name = "telemetry"

    def __init__(
        self, settings: TelemetrySettings, resource: Mapping[str, Attribute], clock: Clock | None = None
    ) -> None:
        self._settings = settings
        self._resource = resource
        self._clock = clock or SystemClock()
        self._queue: deque[TelemetrySpan] = deque()
        self._tasks = Tasks(self.name)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="telemetry")
        self._away = ""

    def add(self, span: TelemetrySpan) -> None:
        if len(self._queue) >= self._settings.queue:
            self._queue.popleft()
            _spans.labels("dropped").inc()
        self._queue.append(span)
        _queued.set(len(self._queue))

    async def start(self) -> None:
        self._tasks.forever("send", self._run)

    async def stop(self) -> None:
        await self._tasks.stop()
        with suppress(TimeoutError, ReceiverAway):
            async with asyncio.timeout(LAST_S):
                await self.send_once()
        # A thread that still waits for the receiver holds nothing up.
        self._thread.shutdown(wait=False, cancel_futures=True)

    def health(self) -> Health:
        return Health(self.name, "degraded", self._away) if self._away else Health(self.name, "up")

    async def send_once(self) -> int:
        """One batch; how many spans were in it. Raises `ReceiverAway`: it stays in the queue."""
        batch = [self._queue.popleft() for _ in range(min(MOST_AT_ONCE, len(self._queue)))]
        if not batch:
            return 0
        loop = asyncio.get_running_loop()
        try:
            refused = await loop.run_in_executor(self._thread, partial(self._post, batch))
        except SpansRefused as error:
            _spans.labels("refused").inc(len(batch))
            _log.warning("the receiver of spans refused a batch", why=str(error))
        except (ReceiverAway, asyncio.CancelledError):
            self._put_back(batch)
            raise
        else:
            _spans.labels("refused").inc(refused)
            _spans.labels("sent").inc(len(batch) - refused)
        _queued.set(len(self._queue))
        return len(batch)

    def _put_back(self, batch: Sequence[TelemetrySpan]) -> None:
        """As many as there is room for, the newest of them."""
        room = self._settings.queue - len(self._queue)
        kept = batch[max(0, len(batch) - room) :] if room > 0 else []
        _spans.labels("dropped").inc(len(batch) - len(kept))
        self._queue.extendleft(reversed(kept))

    async def _run(self) -> None:
        pause = self._settings.every_s
        while True:
            await self._clock.sleep(pause)
            try:
                while await self.send_once() == MOST_AT_ONCE:
                    pass
            except ReceiverAway as away:
                if not self._away:
                    _log.warning("the receiver of spans is away", why=str(away))
                self._away = f"spans are not taken: {away}; see [telemetry] endpoint. Calls do not need it"
                pause = min(LONGEST_PAUSE_S, 2 * pause)
                continue
            self._away, pause = "", self._settings.every_s

    def _post(self, batch: Sequence[TelemetrySpan]) -> int:
        """On the thread. How many spans it says that it did not take."""
        headers = {"Content-Type": "application/json"}
        if self._settings.token is not None:
            headers["Authorization"] = f"Bearer {self._settings.token.get_secret_value()}"
        url = f"{self._settings.endpoint.rstrip('/')}/v1/traces"
        request = urllib.request.Request(url, encoded(batch, self._resource), headers)  # noqa: S310  # as set
        try:
            with self._opener.open(request, timeout=self._settings.timeout_s) as answer:
                return min(len(batch), rejected(answer.read(ANSWER)))
        except urllib.error.HTTPError as error:
            if error.code in AGAIN:
                raise ReceiverAway(f"it answers {error.code}") from None
            raise SpansRefused(f"it answers {error.code}") from None
        except (OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise ReceiverAway(type(reason).__name__) from None

    @cached_property
    def _opener(self) -> urllib.request.OpenerDirector:
        """Made once, on the thread: to read whom we trust takes long. Neither proxies of the environment
        nor redirects: spans go where the settings say.
        """
        ways: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({}), NoRedirect()]
        if self._settings.endpoint.startswith("https:"):
            trusted = ssl.create_default_context(cafile=self._settings.ca_file)
            ways.append(urllib.request.HTTPSHandler(context=trusted))
        return urllib.request.build_opener(*ways)
