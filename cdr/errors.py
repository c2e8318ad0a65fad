"""Errors of the ledger, each with a remedy."""

from __future__ import annotations

from typing import ClassVar

from core.errors import Conflict, Forbidden, NotFound, SonghuaError, Unavailable


class UnknownCall(NotFound):
    kind: ClassVar[str] = "unknown-call"
    title: ClassVar[str] = "The ledger has no such call"


class TooManyNumberSearches(SonghuaError):
    """The person has asked for too many different numbers; a supervisor is told."""

    kind: ClassVar[str] = "too-many-number-searches"
    title: ClassVar[str] = "You have searched for too many numbers"
    status: ClassVar[int] = 429


class UnknownRecording(NotFound):
    kind: ClassVar[str] = "unknown-recording"
    title: ClassVar[str] = "There is no such recording"


class RecordingNotReady(Conflict):
    """The row is there, the audio is not (yet): `state` says which."""

    kind: ClassVar[str] = "recording-not-ready"
    title: ClassVar[str] = "The recording is not available"


class NoRecordedTalkgroup(NotFound):
    kind: ClassVar[str] = "unknown-talkgroup"
    title: ClassVar[str] = "There is no such talkgroup"


class MayNotMonitor(Forbidden):
    kind: ClassVar[str] = "may-not-monitor"
    title: ClassVar[str] = "You may not monitor this talkgroup"


class KeyTrouble(SonghuaError):
    """The key that signs the chain's heads is missing, damaged or readable by others."""

    kind: ClassVar[str] = "chain-key"
    title: ClassVar[str] = "The chain's key cannot be used"
    status: ClassVar[int] = 500


class NotRecorded(Conflict):
    kind: ClassVar[str] = "not-recorded"
    title: ClassVar[str] = "No leg of this call is being recorded"


class NotPaused(Conflict):
    kind: ClassVar[str] = "recording-not-paused"
    title: ClassVar[str] = "The recording is not paused"


class RecorderAway(Unavailable):
    """It is unknown whether the switch did it. Ask again: muting is idempotent."""

    kind: ClassVar[str] = "recorder-away"
    title: ClassVar[str] = "The switch does not answer"


class UnderHold(Conflict):
    """A legal hold stands on the record."""

    kind: ClassVar[str] = "legal-hold"
    title: ClassVar[str] = "A legal hold keeps this record"


class UnknownHold(NotFound):
    kind: ClassVar[str] = "unknown-hold"
    title: ClassVar[str] = "There is no such legal hold"


class VaultTrouble(SonghuaError):
    """The key that recordings are encrypted with is missing, damaged or readable by others."""

    kind: ClassVar[str] = "recording-key"
    title: ClassVar[str] = "The recordings' key cannot be used"
    status: ClassVar[int] = 500


class DamagedRecording(SonghuaError):
    """An encrypted recording was cut, changed or swapped."""

    kind: ClassVar[str] = "recording-damaged"
    title: ClassVar[str] = "The encrypted recording is damaged"
    status: ClassVar[int] = 500


class NotSignedYet(Conflict):
    kind: ClassVar[str] = "not-signed-yet"
    title: ClassVar[str] = "The call's last entries are not yet covered by a signed head"


class ExportFailed(SonghuaError):
    kind: ClassVar[str] = "export-failed"
    title: ClassVar[str] = "The bundle was not written"
    status: ClassVar[int] = 500
