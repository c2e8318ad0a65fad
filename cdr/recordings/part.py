"""The folder of recordings as a part of the room: its files are found, sealed, encrypted and heard again."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

from cdr.backfill.service import TranscriptBackfill
from cdr.ports import CdrPorts
from cdr.recordings.space import RecordingSpace
from cdr.recordings.talkgroups import TalkgroupFiles
from cdr.recordings.vault.worker import EncryptionWorker
from cdr.recordings.watcher import Watcher, WatchTimes
from cdr.settings import CdrSettings
from core.tasks import Tasks

NOT_SET: Final = "no folder is set: set cdr.recordings to Asterisk's"


class RecordingWorkers(Protocol):
    def start(self, tasks: Tasks) -> None: ...

    def trouble(self) -> str:
        """What keeps files from being filed; empty when nothing does."""
        ...

    def missing(self) -> str:
        """Which files are not there, as far as that is known."""
        ...


class NoRecordings:
    """The settings name no folder: there is nothing to do, and health says so."""

    def start(self, tasks: Tasks) -> None:
        """Do nothing: recordings are off."""

    def trouble(self) -> str:
        return NOT_SET

    def missing(self) -> str:
        return ""


class RecordingFolder:
    """`vault` and `backfill` are made where the settings switch them on."""

    def __init__(self, settings: CdrSettings, folder: Path, ports: CdrPorts, tasks: Tasks) -> None:
        self._settings = settings
        times = WatchTimes(
            still_s=settings.recording_still_s,
            missing_s=settings.recording_missing_s,
            orphan_s=settings.orphan_after_s,
            sweep_s=settings.sweep_every_s,
        )
        self._space = RecordingSpace(folder, settings.recordings_warn_mb)
        self._watcher = Watcher(ports.storage, folder, settings.system_name, times)
        self._talkgroups = TalkgroupFiles(
            ports.storage,
            folder,
            settings.system_name,
            still_s=settings.recording_still_s,
            blind_s=settings.close_blind_after_s,
            live=ports.live_calls,
        )
        self._vault: EncryptionWorker | None = None
        if settings.encrypt_recordings != "off":
            self._vault = EncryptionWorker(
                ports.storage,
                folder,
                settings.system_name,
                settings.recordings_key_file,
                required=settings.encrypt_recordings == "on",
            )
        self._backfill: TranscriptBackfill | None = None
        if settings.late_transcripts:
            self._backfill = TranscriptBackfill(
                ports.storage, settings, ports.audit, ports.late_speech, tasks
            )

    def start(self, tasks: Tasks) -> None:
        poll_s = self._settings.recording_poll_s
        tasks.forever("recordings-space", self._space.run)
        tasks.forever("recordings", lambda: self._watcher.run(poll_s))
        tasks.forever("talkgroup-recordings", lambda: self._talkgroups.run(poll_s))
        if self._vault is not None:
            vault = self._vault
            tasks.forever("vault", lambda: vault.run(poll_s, self._settings.sweep_every_s))
        if self._backfill is not None:
            tasks.forever("late-transcripts", self._backfill.run)

    def trouble(self) -> str:
        return self._space.trouble() or ("" if self._vault is None else self._vault.trouble)

    def missing(self) -> str:
        if not self._watcher.missing:
            return ""
        return f"{self._watcher.missing} recordings are missing or lost: see the ledger"


def recording_workers(settings: CdrSettings, ports: CdrPorts, tasks: Tasks) -> RecordingWorkers:
    if settings.recordings is None:
        return NoRecordings()
    return RecordingFolder(settings, settings.recordings, ports, tasks)
