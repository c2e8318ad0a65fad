"""The room of the ledger: its background tasks, routes and health."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter

from cdr.backfill.service import TranscriptBackfill
from cdr.calls.closer import Closer
from cdr.calls.projection import Parties
from cdr.calls.projector import CallProjector
from cdr.cel.codec import MAX_RECORD
from cdr.cel.importer import Importer
from cdr.cel.retention import CelRetention, forget_rejects
from cdr.cel.watch import MissingLines, free_bytes
from cdr.chain.copies import build as copies
from cdr.chain.heads import HeadSigner
from cdr.completeness import Completeness, daily
from cdr.consumer import LedgerConsumer
from cdr.http import router
from cdr.playback.http import router as recall_router
from cdr.playback.service import PlaybackService
from cdr.ports import CdrPorts
from cdr.recordings.control import http as control
from cdr.recordings.control.service import Pauses
from cdr.recordings.erasing import SoundEraser
from cdr.recordings.talkgroups import TalkgroupFiles
from cdr.recordings.vault.worker import EncryptionWorker
from cdr.recordings.watcher import Watcher, WatchTimes
from cdr.reports.bulk import BulkLimit
from cdr.reports.http import router as reports_router
from cdr.reports.service import Reports
from cdr.reports.worker import ReportFactWorker
from cdr.retention.holds import LegalHolds
from cdr.retention.http import router as holds_router
from cdr.retention.service import Retention
from cdr.retention.talkgroups import TalkgroupRetention
from cdr.service import LedgerService
from cdr.settings import CdrSettings
from core.errors import SonghuaError
from core.room import Health
from core.tasks import Tasks

_WATCH_EVERY_S = 5.0
_MB = 1_000_000
_LAST_COPIES_S = 2.0


class CdrRoom:
    """`service` is what other rooms' ports are wired to."""

    name = "cdr"

    def __init__(self, settings: CdrSettings, ports: CdrPorts) -> None:
        self._settings = settings
        self._ports = ports
        self._tasks = Tasks("cdr")
        self.service = LedgerService(settings, ports)
        self.reports = Reports(
            ports.storage,
            ports.audit,
            settings.time_zone,
            bulk=BulkLimit(settings.bulk_rows, ports.second_person),
        )
        self.holds = LegalHolds(ports.storage, ports.audit)
        self.playback = PlaybackService(settings, ports)
        self._retention = Retention(ports.storage, settings.recordings, settings.retention)
        self._talkgroup_retention = TalkgroupRetention(
            ports.storage,
            settings.recordings,
            settings.talkgroup_retention,
            settings.talkgroup_silent_h or None,
        )
        self._completeness = Completeness(ports.storage)
        self.pauses = self._make_pauses()
        self.service.paused = self.pauses.overlap if self.pauses else None
        self.routers: Sequence[APIRouter] = (
            router(self.service, ports.actor),
            reports_router(self.reports, ports.actor),
            holds_router(self.holds, ports.actor),
            recall_router(self.playback, ports.actor),
            *([control.router(self.pauses, ports.actor)] if self.pauses else []),
        )
        LedgerConsumer(self.service).subscribe(ports.bus)
        self._importer = (
            Importer(
                ports.storage,
                settings.cel_file,
                settings.system_name,
                running_pause_s=settings.running_pause_s,
            )
            if settings.cel_file
            else None
        )
        self.cel_keeping = (
            CelRetention(
                ports.storage,
                settings.cel_file,
                settings.system_name,
                kept_h=settings.cel_kept_h,
                clock=ports.storage.clock,
            )
            if settings.cel_file
            else None
        )
        self._projector = CallProjector(
            ports.storage,
            settings.system_name,
            Parties(frozenset(settings.trunks), frozenset(settings.citizen_contexts), settings.area_code),
            recordings_root=str(settings.recordings or ""),
            agent_of=self._agent_of,
        )
        self._facts = ReportFactWorker(ports.storage)
        self._closer = Closer(
            ports.storage,
            settings.system_name,
            live=ports.live_calls,
            caught_up=self._caught_up,
            quiet_s=settings.close_after_s,
            blind_s=settings.close_blind_after_s,
        )
        self._watcher = self._make_watcher()
        self._talkgroup_files = self._make_talkgroup_files()
        self._vault = self._make_vault()
        self._eraser = SoundEraser(ports.storage, settings.recordings)
        self._late = self._make_late()
        self._signer = HeadSigner(ports.storage, settings.key_file, settings.heads_file)
        self._copies = copies.sender(settings.heads_file, settings.heads_copies, ports.storage.clock)
        self._lost = MissingLines()
        self._lost_lines = 0
        self._free: int | None = None

    async def start(self) -> None:
        settings = self._settings
        if self._importer is not None:
            importer = self._importer
            self._tasks.forever("import", lambda: importer.run(settings.poll_s))
            self._tasks.forever("watch", self._watch)
        if self.cel_keeping is not None:
            self._tasks.forever("keep-lines", self.cel_keeping.run)
        self._tasks.forever("derive", lambda: self._projector.run(settings.poll_s))
        self._tasks.forever("facts", lambda: self._facts.run(settings.figures_poll_s))
        self._tasks.forever("close", lambda: self._closer.run(settings.close_poll_s))
        self._tasks.forever("retention", lambda: daily(self._retain, settings.retention_every_s))
        self._tasks.forever("completeness", lambda: daily(self._completeness.sweep, settings.check_every_s))
        self._tasks.forever("sign", lambda: self._signer.run(settings.sign_every_s))
        if self._copies is not None:
            sender = self._copies
            self._tasks.forever("copy-heads", lambda: sender.run(settings.sign_every_s))
        if self._vault is not None:
            vault = self._vault
            self._tasks.forever("vault", lambda: vault.run(settings.recording_poll_s, settings.sweep_every_s))
        self._tasks.forever("erase-sound", self._eraser.run)
        if self.pauses is not None:
            self._tasks.forever("pauses", self.pauses.run)
            self._tasks.forever("write-pauses", self.pauses.write_behind.run)
        if self._late is not None:
            self._tasks.forever("late-transcripts", self._late.run)
        if self._watcher is not None:
            watcher = self._watcher
            self._tasks.forever("recordings", lambda: watcher.run(settings.recording_poll_s))
        if self._talkgroup_files is not None:
            files = self._talkgroup_files
            self._tasks.forever("talkgroup-recordings", lambda: files.run(settings.recording_poll_s))

    async def stop(self) -> None:
        await self._tasks.stop()
        if self.pauses is not None:
            await self.pauses.write_behind.write_last()
        try:
            await self._signer.sign_once()
        except (SonghuaError, OSError):
            return  # said in health already; the next start signs what is left
        if self._copies is not None:
            # What is away stays in the heads file, and is sent after the next start.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LAST_COPIES_S):
                    await self._copies.send_once()

    def health(self) -> Sequence[Health]:
        found = [self._import_health(), self._recording_health(), self._chain_health()]
        if self._copies is not None:
            late = self._copies.troubles()
            state = Health("cdr.heads-copies", "degraded", "; ".join(late)) if late else None
            found.append(state or Health("cdr.heads-copies", "up"))
        return found

    def _import_health(self) -> Health:
        part = "cdr.import"
        if self._importer is None:
            return Health(part, "degraded", "no CEL file is set: set cdr.cel_file to Asterisk's calls.csv")
        if self._importer.away:
            return Health(
                part,
                "degraded",
                "the database takes no line: see that it runs, has disk space and is not held by another "
                "program; CEL lines wait on Asterisk's disk",
            )
        if self._free is not None and self._free < self._settings.disk_warn_mb * _MB:
            return Health(
                part, "degraded", f"{self._free // _MB} MB left where Asterisk writes CEL: free space now"
            )
        if self._lost_lines:
            return Health(
                part,
                "degraded",
                f"{self._lost_lines} CEL lines never reached the file: see whether its disk was full",
            )
        if self.cel_keeping is not None and self.cel_keeping.trouble:
            return Health(part, "degraded", self.cel_keeping.trouble)
        return Health(part, "up")

    def _recording_health(self) -> Health:
        part = "cdr.recordings"
        if self._watcher is None:
            return Health(part, "degraded", "no folder is set: set cdr.recordings to Asterisk's")
        if self._vault is not None and self._vault.trouble:
            return Health(part, "degraded", self._vault.trouble)
        if self._eraser.trouble:
            return Health(part, "degraded", self._eraser.trouble)
        if self._watcher.missing:
            return Health(
                part, "degraded", f"{self._watcher.missing} recordings are missing or lost: see the ledger"
            )
        return Health(part, "up")

    def _chain_health(self) -> Health:
        trouble = self._signer.trouble or self._signer.unsealed
        if not trouble and not self._ports.storage.seal_keys:
            trouble = (
                "entries of the chain are not sealed: run songhua audit init-key, see that the service may "
                "read the key, and start it again"
            )
        return Health("cdr.chain", "degraded", trouble) if trouble else Health("cdr.chain", "up")

    async def _watch(self) -> None:
        assert self._importer is not None
        assert self._settings.cel_file is not None
        while True:
            self._free = await asyncio.to_thread(free_bytes, self._settings.cel_file.parent)
            counter = self._ports.cel_counter
            if counter is not None and self._caught_up():
                self._lost_lines = self._lost.observe(counter.seen(), self._importer.lines_seen)
            await asyncio.sleep(_WATCH_EVERY_S)

    def _caught_up(self) -> bool:
        """Nothing waits in the files but, at most, a line that is not finished."""
        importer = self._importer
        return importer is not None and not importer.away and importer.last.behind <= MAX_RECORD

    def _agent_of(self, endpoint: str, at: datetime) -> str | None:
        roster = self._ports.roster
        return roster.agent_of(endpoint, at) if roster is not None else None

    async def _retain(self) -> None:
        await self._retention.run_once()
        await self._talkgroup_retention.run_once()
        await forget_rejects(self._ports.storage, self._settings.cel_rejects_days)

    def _make_vault(self) -> EncryptionWorker | None:
        settings = self._settings
        if settings.recordings is None or settings.encrypt_recordings == "off":
            return None
        return EncryptionWorker(
            self._ports.storage,
            settings.recordings,
            settings.system_name,
            settings.recordings_key_file,
            required=settings.encrypt_recordings == "on",
        )

    def _make_pauses(self) -> Pauses | None:
        ports, settings = self._ports, self._settings
        if ports.recorder is None or ports.running is None:
            return None
        return Pauses(
            ports.storage,
            ports.recorder,
            ports.running,
            listeners=ports.listeners,
            file=self.service.record,
            tell=ports.bus.publish,
            limit_s=settings.pause_limit_s,
            reasons=settings.pause_reasons,
        )

    def _make_late(self) -> TranscriptBackfill | None:
        ports, settings = self._ports, self._settings
        if ports.late_speech is None or settings.recordings is None or not settings.late_transcripts:
            return None
        return TranscriptBackfill(ports.storage, settings, ports.audit, ports.late_speech, self._tasks)

    def _make_watcher(self) -> Watcher | None:
        settings = self._settings
        if settings.recordings is None:
            return None
        times = WatchTimes(
            still_s=settings.recording_still_s,
            missing_s=settings.recording_missing_s,
            orphan_s=settings.orphan_after_s,
            sweep_s=settings.sweep_every_s,
        )
        return Watcher(self._ports.storage, settings.recordings, settings.system_name, times)

    def _make_talkgroup_files(self) -> TalkgroupFiles | None:
        settings = self._settings
        if settings.recordings is None:
            return None
        return TalkgroupFiles(
            self._ports.storage,
            settings.recordings,
            settings.system_name,
            still_s=settings.recording_still_s,
            blind_s=settings.close_blind_after_s,
            live=self._ports.live_calls,
        )


def build(settings: CdrSettings, ports: CdrPorts) -> CdrRoom:
    """The room; subscriptions to the bus are made here, before any room starts."""
    return CdrRoom(settings, ports)
