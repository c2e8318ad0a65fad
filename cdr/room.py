"""The room of the ledger: its background tasks, routes and health."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from fastapi import APIRouter

from cdr.calls.closer import Closer
from cdr.calls.projection import Parties
from cdr.calls.projector import CallProjector
from cdr.cel.part import cel_import
from cdr.cel.retention import forget_rejects
from cdr.chain.copies import build as copies
from cdr.chain.heads import HeadSigner
from cdr.completeness import Completeness, daily
from cdr.consumer import LedgerConsumer
from cdr.http import router
from cdr.playback.http import router as playback_router
from cdr.playback.service import PlaybackService
from cdr.ports import CdrPorts
from cdr.quality.forms import ScoringForms
from cdr.quality.http import routers as quality_routers
from cdr.quality.service import CallScoring
from cdr.recordings.control import http as control
from cdr.recordings.control.service import Pauses
from cdr.recordings.erasing import SoundEraser
from cdr.recordings.part import recording_workers
from cdr.reports.bulk import BulkLimit
from cdr.reports.http import router as reports_router
from cdr.reports.schedules.http import router as schedules_router
from cdr.reports.schedules.service import ReportSchedules
from cdr.reports.schedules.worker import ReportPost
from cdr.reports.service import Reports
from cdr.reports.worker import ReportFactWorker
from cdr.retention.holds import LegalHolds
from cdr.retention.http import router as holds_router
from cdr.retention.model import RetentionRule, TalkgroupRule
from cdr.retention.service import Retention
from cdr.retention.talkgroups import TalkgroupRetention
from cdr.service import LedgerService
from cdr.settings import CdrSettings
from core.errors import SonghuaError
from core.room import Health
from core.tasks import Tasks

_LAST_COPIES_S = 2.0


class CdrRoom:
    """`service` is what other rooms' ports are wired to."""

    name = "cdr"

    def __init__(self, settings: CdrSettings, ports: CdrPorts) -> None:
        self._settings = settings
        self._ports = ports
        self._tasks = Tasks("cdr")
        storage = ports.storage
        self.service = LedgerService(settings, ports)
        self.pauses = Pauses(
            storage,
            ports.recorder,
            ports.running,
            listeners=ports.listeners,
            file=self.service.record,
            tell=ports.bus.publish,
            limit_s=settings.pause_limit_s,
            reasons=settings.pause_reasons,
        )
        self.service.paused = self.pauses.overlap
        bulk = BulkLimit(settings.bulk_rows, ports.second_person)
        self._reports = Reports(storage, ports.audit, settings.time_zone, bulk=bulk)
        self._schedules = ReportSchedules(storage, ports.audit, ports.mailer, settings.time_zone)
        self._post = ReportPost(
            storage,
            self._schedules,
            self._reports,
            ports.mailer,
            ports.report_owners,
            evaluations=ports.evaluations,
            poll_s=settings.schedules_poll_s,
        )
        self.mail_relay = self._post.relay
        self.routers: Sequence[APIRouter] = self._routers()
        LedgerConsumer(self.service).subscribe(ports.bus)
        self._retention = Retention(storage, settings.recordings, settings.retention)
        self._talkgroup_retention = TalkgroupRetention(
            storage, settings.recordings, settings.talkgroup_retention, settings.talkgroup_silent_h or None
        )
        self._completeness = Completeness(storage)
        self._import = cel_import(settings, storage, ports.cel_counter)
        self._projector = CallProjector(
            storage,
            settings.system_name,
            Parties(frozenset(settings.trunks), frozenset(settings.citizen_contexts), settings.area_code),
            recordings_root=str(settings.recordings or ""),
            agent_of=ports.roster.agent_of,
        )
        self._facts = ReportFactWorker(storage)
        self._closer = Closer(
            storage,
            settings.system_name,
            live=ports.live_calls,
            caught_up=self._import.caught_up,
            quiet_s=settings.close_after_s,
            blind_s=settings.close_blind_after_s,
        )
        self._recordings = recording_workers(settings, ports, self._tasks)
        self._eraser = SoundEraser(storage, settings.recordings)
        self._signer = HeadSigner(storage, settings.key_file, settings.heads_file)
        self._copies = copies.sender(settings.heads_file, settings.heads_copies, storage.clock)

    def _routers(self) -> Sequence[APIRouter]:
        settings, ports = self._settings, self._ports
        return (
            router(self.service, ports.actor),
            reports_router(self._reports, ports.actor),
            schedules_router(self._schedules, ports.actor),
            holds_router(LegalHolds(ports.storage, ports.audit), ports.actor),
            *quality_routers(
                ScoringForms(ports.storage, ports.audit),
                CallScoring(ports.storage, ports.audit, ports.scorers),
                ports.actor,
            ),
            playback_router(PlaybackService(settings, ports), ports.actor),
            control.router(self.pauses, ports.actor),
        )

    async def start(self) -> None:
        settings = self._settings
        self._import.start(self._tasks)
        self._tasks.forever("derive", lambda: self._projector.run(settings.poll_s))
        self._tasks.forever("close", lambda: self._closer.run(settings.close_poll_s))
        self._recordings.start(self._tasks)
        self._tasks.forever("erase-sound", self._eraser.run)
        self._tasks.forever("pauses", self.pauses.run)
        self._tasks.forever("write-pauses", self.pauses.write_behind.run)
        if self._ports.storage.leads:
            self._start_leading()

    def _start_leading(self) -> None:
        """What is done once for the whole ledger, whichever switch its calls came over."""
        settings = self._settings
        self._tasks.forever("facts", lambda: self._facts.run(settings.figures_poll_s))
        self._tasks.forever("retention", lambda: daily(self._retain, settings.retention_every_s))
        self._tasks.forever("completeness", lambda: daily(self._completeness.sweep, settings.check_every_s))
        self._tasks.forever("sign", lambda: self._signer.run(settings.sign_every_s))
        if self._copies is not None:
            sender = self._copies
            self._tasks.forever("copy-heads", lambda: sender.run(settings.sign_every_s))
        self._post.start(self._tasks)

    async def stop(self) -> None:
        await self._tasks.stop()
        await self.pauses.write_behind.write_last()
        if self._ports.storage.leads:
            await self._sign_last()

    async def _sign_last(self) -> None:
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
        found = [self._import.health(), self._recording_health(), self._chain_health()]
        if self._copies is not None:
            late = self._copies.troubles()
            state = Health("cdr.heads-copies", "degraded", "; ".join(late)) if late else None
            found.append(state or Health("cdr.heads-copies", "up"))
        return found

    def _recording_health(self) -> Health:
        why = self._recordings.trouble() or self._eraser.trouble or self._recordings.missing()
        return Health("cdr.recordings", "degraded", why) if why else Health("cdr.recordings", "up")

    def _chain_health(self) -> Health:
        trouble = self._signer.trouble or self._signer.unsealed
        if not trouble and not self._ports.storage.seal_keys:
            trouble = (
                "entries of the chain are not sealed: run songhua audit init-key, see that the service may "
                "read the key, and start it again"
            )
        return Health("cdr.chain", "degraded", trouble) if trouble else Health("cdr.chain", "up")

    def change_retention(self, calls: Sequence[RetentionRule], talkgroups: Sequence[TalkgroupRule]) -> None:
        """What is erased when, from the next daily run on."""
        self._retention.change(calls)
        self._talkgroup_retention.change(talkgroups)

    async def _retain(self) -> None:
        await self._retention.run_once()
        await self._talkgroup_retention.run_once()
        await forget_rejects(self._ports.storage, self._settings.cel_rejects_days)


def build(settings: CdrSettings, ports: CdrPorts) -> CdrRoom:
    """The room; subscriptions to the bus are made here, before any room starts."""
    return CdrRoom(settings, ports)
