"""The errors of the speech room."""

from __future__ import annotations

from core.errors import SonghuaError, Unavailable


class ModelMissing(SonghuaError):
    kind = "speech-model-missing"
    title = "The recogniser's model is missing or incomplete"
    status = 503


class ModelUnfit(SonghuaError):
    kind = "speech-model-unfit"
    title = "This model cannot be used"
    status = 422


class UnknownEngine(SonghuaError):
    kind = "speech-engine-unknown"
    title = "No speech engine of that name is installed"
    status = 422


class SinkAway(Unavailable):
    """The transcript's destination has not acknowledged; the segment stays in the spool."""

    kind = "speech-sink-away"
    title = "Transcripts cannot be delivered at the moment"
