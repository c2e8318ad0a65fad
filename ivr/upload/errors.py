"""Errors of uploading a prompt."""

from __future__ import annotations

from core.errors import Invalid, Unavailable


class UploadRefused(Invalid):
    """`detail` says what is wrong with it, `remedy` what to do."""

    kind = "ivr-sound-refused"
    title = "This sound cannot be a prompt"


class ConverterMissing(Unavailable):
    kind = "ivr-ffmpeg-missing"
    title = "Sounds cannot be converted on this machine"


class ConverterBusy(Unavailable):
    kind = "ivr-ffmpeg-busy"
    title = "Too many sounds are being converted"


class RenderingMissing(Unavailable):
    """Text cannot be spoken here."""

    kind = "ivr-rendering-missing"
    title = "Prompts cannot be rendered from text on this machine"
