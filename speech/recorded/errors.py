"""Errors of transcribing a file."""

from __future__ import annotations

from core.errors import Invalid, Unavailable


class SoundRefused(Invalid):
    """`detail` says what is wrong with the file, `remedy` what to do."""

    kind = "speech-sound-refused"
    title = "This file cannot be transcribed"


class RecogniserFailed(Unavailable):
    """`detail` has the engine's own last words."""

    kind = "speech-recogniser-failed"
    title = "The recogniser did not start"
