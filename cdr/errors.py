"""Errors of the ledger, each with what the reader can do about it."""

from __future__ import annotations

from typing import ClassVar

from core.errors import Conflict, NotFound, SonghuaError


class UnknownCall(NotFound):
    kind: ClassVar[str] = "unknown-call"
    title: ClassVar[str] = "The ledger knows no such call"


class UnknownRecording(NotFound):
    kind: ClassVar[str] = "unknown-recording"
    title: ClassVar[str] = "There is no such recording"


class RecordingNotReady(Conflict):
    """The row is there, the audio is not (yet): `state` says which."""

    kind: ClassVar[str] = "recording-not-ready"
    title: ClassVar[str] = "The recording is not there"


class KeyTrouble(SonghuaError):
    """The key that signs the chain's heads is missing, damaged or readable by others."""

    kind: ClassVar[str] = "chain-key"
    title: ClassVar[str] = "The chain's key cannot be used"
    status: ClassVar[int] = 500
