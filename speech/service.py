"""The speech service: admits taps, gives each a stream, and publishes its free capacity."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from uuid import UUID

from core.clock import Clock
from core.log import logger
from core.metrics import counter, gauge
from core.tasks import Tasks
from speech.admission import Admission, Refusal
from speech.answers import AnswerOutlet, expecting
from speech.events import AnswerHeard, SpeechCapacity, TapRefused
from speech.model import TapInfo
from speech.ports import CapacityBoard, TapDirectory
from speech.settings import SpeechSettings
from speech.stream import LegStream, StreamSink
from speech.tap import TapBuffer
from speech.vad import GateRules, VoiceGate
from speech.workers.pool import WorkerPool

_log = logger("speech")
_shed = counter("speech_streams_shed", "New taps refused", ["why"])
_unknown = counter("speech_taps_unknown", "Taps that nobody announced in time")
_streams = gauge("speech_streams", "Taps being transcribed")

BOARD_WITHIN_S = 5.0
SETTLE_S = 0.25


class SpeechService:
    """`accept` is asked by the AudioSocket server for each tap; everything else follows from it."""

    def __init__(
        self,
        settings: SpeechSettings,
        pool: WorkerPool,
        sink: StreamSink,
        directory: TapDirectory,
        board: CapacityBoard,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._pool = pool
        self._sink = sink
        self._directory = directory
        self._board = board
        self._clock = clock
        self._admission = Admission(settings.max_streams, clock.monotonic(), workers=settings.workers)
        self._rules = GateRules(utterance_max_s=settings.utterance_max)
        self._taps: dict[UUID, TapBuffer] = {}
        self.close_tap: Callable[[UUID], None] = lambda _: None
        """Closes the connection of a tap; set by who has the server."""
        self.keep_place: Callable[[UUID], None] = lambda _: None
        """The connection of a tap gives way to no other from now on; likewise."""
        self._early: OrderedDict[UUID, asyncio.Timeout] = OrderedDict()
        """Taps that came before their announcement, the longest first, and until when each may wait."""
        self._tasks = Tasks("speech", limit=settings.max_connections * 2 + settings.max_unannounced + 16)
        self._changed = asyncio.Event()
        self._port = 0

    async def start(self, port: int) -> None:
        """Begin to announce that taps are taken on `port`."""
        self._port = port
        self._tasks.forever("announce", self._announce)

    async def stop(self) -> None:
        await self._tasks.stop()

    def accept(self, tap_id: UUID) -> TapBuffer | None:
        """The listener for a new connection, or None: the tap is closed, the call goes on.

        One that was not announced takes no stream: a place is given, or refused, when it is.
        """
        now = self._clock.monotonic()
        if tap_id in self._taps:
            _shed.labels("twice").inc()
            return None
        known = self._directory.is_announced(tap_id)
        refusal = self._refusal(now) if known else None
        if refusal is not None:
            self._refused(tap_id, refusal)
            return None
        tap = TapBuffer(
            tap_id,
            keep_s=self._settings.unknown_for * 2,
            on_closed=self._gone,
            idle=lambda: self._pool.idle,
            known=known,
        )
        if not self._tasks.spawn("claim", partial(self._claim, tap, now)):
            return None
        self._taps[tap_id] = tap
        self.changed()
        return tap

    def changed(self) -> None:
        """Measure the capacity again and send it."""
        self._admission.workers(self._pool.ready, self._clock.monotonic())
        _streams.set(len(self._taps))
        self._changed.set()

    def capacity(self) -> SpeechCapacity:
        settings = self._settings
        now = self._clock.monotonic()
        self._admission.workers(self._pool.ready, now)
        return SpeechCapacity(
            node=settings.node,
            host=settings.public_host or settings.host,
            port=self._port,
            engine=settings.engine,
            languages=settings.languages,
            streams_max=settings.max_streams,
            streams_used=self._live,
            workers_ready=self._pool.ready,
            workers_max=settings.workers,
            shedding=self._admission.is_shedding(self._live, now),
            shed_total=self._admission.shed_total,
            backlog=self._pool.behind,
            streams_now=self._admission.takes(now),
            late_free=self._late_free(now, self._live),
        )

    @property
    def _live(self) -> int:
        """Streams of people who speak now: recordings take no place of theirs."""
        return sum(tap.known and not tap.patient for tap in self._taps.values())

    def _late_free(self, now: float, live: int) -> int:
        """How many recordings more: one for each worker, none while people who speak need them."""
        if self._pool.behind or self._admission.is_shedding(live, now):
            return 0
        return max(0, self._pool.ready - sum(tap.patient for tap in self._taps.values()))

    def _refusal(self, now: float) -> Refusal | None:
        self._admission.workers(self._pool.ready, now)
        return self._admission.refuses(self._live, now)

    async def _claim(self, tap: TapBuffer, started: float) -> None:
        started_at = self._clock.now()
        info = await self._announced(tap.tap_id)
        if info is None:
            _unknown.inc()
            _log.warning("tap was not announced in time", tap=str(tap.tap_id))
            self._turn_away(tap)
            return
        if not tap.known:
            refusal = None if info.late is not None else self._refusal(self._clock.monotonic())
            if refusal is not None:
                self._turn_away(tap)
                self._refused(tap.tap_id, refusal)
                return
            tap.known = True
            self.keep_place(tap.tap_id)
            self.changed()
        # Until now it was counted as one that speaks.
        if info.late is not None and self._late_free(self._clock.monotonic(), self._live - 1) <= 0:
            self._turn_away(tap)
            return
        sink = self._sink
        if info.asked:
            info, sink = expecting(info), AnswerOutlet(info, self._answered)
        stream = LegStream(
            info,
            self._pool,
            VoiceGate(self._rules),
            sink,
            languages=self._settings.languages,
            engine=self._settings.engine,
            node=self._settings.node,
            started=started,
            started_at=started_at,
            monotonic=self._clock.monotonic,
        )
        tap.claim(info, stream)

    def _turn_away(self, tap: TapBuffer) -> None:
        tap.abandon()
        self.close_tap(tap.tap_id)

    async def _announced(self, tap_id: UUID) -> TapInfo | None:
        """What was announced; None when it is not in time, or too many others wait."""
        try:
            async with asyncio.timeout(self._settings.unknown_for) as patience:
                if not self._directory.is_announced(tap_id):
                    self._wait_in_line(tap_id, patience)
                return await self._directory.resolve(tap_id)
        except TimeoutError:
            return None
        finally:
            self._early.pop(tap_id, None)

    def _wait_in_line(self, tap_id: UUID, patience: asyncio.Timeout) -> None:
        if len(self._early) >= self._settings.max_unannounced:
            _, oldest = self._early.popitem(last=False)
            if not oldest.expired():
                oldest.reschedule(0.0)
        self._early[tap_id] = patience

    def _gone(self, tap: TapBuffer) -> None:
        self._taps.pop(tap.tap_id, None)
        self.changed()

    def _answered(self, event: AnswerHeard) -> None:
        self._tasks.spawn("answer", partial(self._tell_answer, event))

    async def _tell_answer(self, event: AnswerHeard) -> None:
        async with asyncio.timeout(BOARD_WITHIN_S):
            await self._board.answered(event)

    def _refused(self, tap_id: UUID, refusal: Refusal) -> None:
        _shed.labels(refusal).inc()
        self._tasks.spawn("shed", partial(self._tell_shed, tap_id, refusal))
        self.changed()

    async def _tell_shed(self, tap_id: UUID, refusal: Refusal) -> None:
        info = await self._announced(tap_id)
        if info is None:
            return
        event = TapRefused(
            tap_id=tap_id,
            call_id=info.call_id,
            leg_id=info.leg_id,
            speaker=info.speaker,
            reason=refusal,
            node=self._settings.node,
        )
        async with asyncio.timeout(BOARD_WITHIN_S):
            await self._board.shed(event)

    async def _announce(self) -> None:
        while True:
            self._changed.clear()
            self._admission.workers(self._pool.ready, self._clock.monotonic())
            behind = self._pool.behind >= max(2, self._settings.backlog // 2)
            self._admission.load(self._live, behind=behind, now=self._clock.monotonic())
            try:
                async with asyncio.timeout(BOARD_WITHIN_S):
                    await self._board.announce(self.capacity())
            except Exception as error:  # noqa: BLE001  # the broker is away: the next message says it again
                _log.warning("capacity not announced", cause=type(error).__name__)
            try:
                async with asyncio.timeout(self._settings.announce_every):
                    await self._changed.wait()
            except TimeoutError:
                continue
            await asyncio.sleep(SETTLE_S)  # several changes at once make one message
