"""The speech room put together: server, service, workers, delivery, in the order in which they start."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.clock import Clock, SystemClock
from core.errors import Unavailable
from core.listening import Addresses
from core.room import Health
from core.tasks import Tasks
from speech.audiosocket.server import AudioSocketServer
from speech.delivery import SegmentDelivery
from speech.events import SpeechCapacity
from speech.models import check_for_engine
from speech.models.known import compare
from speech.ports import CapacityBoard, SegmentSink, TapDirectory
from speech.service import SpeechService
from speech.settings import SpeechSettings
from speech.spool import Spool
from speech.workers.pool import WorkerPool
from speech.workers.process import Spawn, WorkerCommand, spawn

if TYPE_CHECKING:
    from fastapi import APIRouter


@dataclass(frozen=True, slots=True)
class SpeechPorts:
    directory: TapDirectory
    sink: SegmentSink
    board: CapacityBoard


class SpeechRoom:
    """Fills `core.room.Room`; runs as the role `speech`."""

    name = "speech"

    def __init__(self, settings: SpeechSettings, ports: SpeechPorts, clock: Clock, spawn: Spawn) -> None:
        self._settings = settings
        command = WorkerCommand(
            engine=settings.engine,
            model=settings.model_folder,
            threads=settings.threads_per_worker,
            beam=settings.beam,
            partials=settings.partials,
            start_within=settings.start_within,
            stuck_after=settings.stuck_after,
        )
        self._pool = WorkerPool(
            command,
            clock,
            workers=settings.workers,
            backlog=settings.backlog,
            on_change=self._workers_changed,
            spawn=spawn,
        )
        self._spool = Spool(settings.spool, limit=settings.spool_max)
        self._delivery = SegmentDelivery(ports.sink, self._spool)
        self._service = SpeechService(
            settings, self._pool, self._delivery, ports.directory, ports.board, clock
        )
        self._server = AudioSocketServer(
            clock,
            self._service.accept,
            max_connections=settings.max_connections + settings.max_unannounced,
            hello_within=settings.hello_within,
            idle_for=settings.idle_for,
            only=Addresses(settings.switches),
        )
        self._service.close_tap = self._server.close_tap
        self._service.keep_place = self._server.keep
        ports.directory.on_retired(self._server.close_tap)
        self._tasks = Tasks("speech.room")
        self._port: int | None = None

    @property
    def routers(self) -> Sequence[APIRouter]:
        return ()

    @property
    def port(self) -> int:
        """Where the AudioSocket server listens; 0 before `start`."""
        return self._port or 0

    @property
    def capacity(self) -> SpeechCapacity:
        """How many taps the node takes and has now."""
        return self._service.capacity()

    @property
    def worker_pids(self) -> Sequence[int]:
        """The recogniser processes that live now; for tests and for the operator."""
        return self._pool.pids

    async def start(self) -> None:
        """Returns as soon as taps are taken; workers load their models meanwhile (see `until_ready`).

        Raises `ModelMissing`, `ModelUnfit` and `Unavailable` with what to do.
        """
        check_for_engine(self._settings.engine, self._settings.model_folder)
        if self._settings.model_sha256:
            await asyncio.to_thread(compare, self._settings.model_folder, self._settings.model_sha256)
        try:
            await self._spool.open()
        except (sqlite3.Error, OSError) as error:
            raise Unavailable(
                f"cannot open the transcript spool {self._settings.spool}: {error}",
                remedy="set speech.spool to a file in a folder that this user may write to",
            ) from error
        self._port = await self._server.start(self._settings.host, self._settings.port)
        await self._delivery.start()
        await self._pool.start()
        await self._service.start(self._port)
        self._tasks.forever("sweep", self._server.sweep)

    async def until_ready(self) -> None:
        """Return when at least one recogniser can work."""
        await self._pool.until_ready()

    async def stop(self) -> None:
        await self._server.stop()
        await self._tasks.stop()
        await self._pool.stop()
        await self._service.stop()
        await self._delivery.stop()
        await self._spool.close()

    def health(self) -> Sequence[Health]:
        return [self._workers_health(), self._streams_health(), self._delivery_health()]

    def _workers_health(self) -> Health:
        ready, wanted = self._pool.ready, self._settings.workers
        if ready == wanted:
            return Health("speech.workers", "up")
        why = f"{ready} of {wanted} recogniser processes are ready"
        if not ready:
            why += f"; if that lasts, try the model: songhua speech models check {self._settings.model}"
        return Health("speech.workers", "degraded", why)

    def _streams_health(self) -> Health:
        if not self.capacity.shedding:
            return Health("speech.streams", "up")
        return Health(
            "speech.streams",
            "degraded",
            "new calls get no transcript: all streams are in use; add a speech node or raise max_streams",
        )

    def _delivery_health(self) -> Health:
        if self._delivery.disk_fails:
            return Health("speech.delivery", "degraded", "the spool cannot be written: free disk space")
        if self._delivery.away:
            return Health("speech.delivery", "degraded", "transcripts wait in the spool: the broker is away")
        return Health("speech.delivery", "up")

    def _workers_changed(self) -> None:
        self._service.changed()


def build(
    settings: SpeechSettings, ports: SpeechPorts, *, clock: Clock | None = None, spawn: Spawn = spawn
) -> SpeechRoom:
    """The room, not yet started."""
    return SpeechRoom(settings, ports, clock or SystemClock(), spawn)
