"""What the ledger's routes answer out of its rows, for the contract."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel


class LedgerSegment(BaseModel):
    """What somebody said, as the ledger keeps it. `start_s` and `end_s` are seconds from the start of that
    leg's tap. `late`: transcribed afterwards from the recording, for the gap `gap_id`.
    """

    segment_id: UUID
    call_id: UUID
    leg_id: UUID
    speaker: Literal["citizen", "agent"]
    text: str
    language: str
    engine: str
    confidence: float | None
    start_s: float
    end_s: float
    started_at: datetime
    node: str
    gap_id: UUID | None
    late: bool


class LedgerGap(BaseModel):
    """Somebody spoke and there is no text for it. `filled_by` are segments that were transcribed afterwards;
    `filling` is how far that is.
    """

    segment_id: UUID
    call_id: UUID
    leg_id: UUID
    speaker: Literal["citizen", "agent"]
    reason: str
    start_s: float
    end_s: float
    started_at: datetime
    node: str
    filled_by: list[UUID]
    filling: str | None


class TranscriptView(BaseModel):
    segments: list[LedgerSegment]
    gaps: list[LedgerGap]


class PauseView(BaseModel):
    """A pause of a call's recording. `ended_how` and `ended_by` are null while it lasts."""

    op_id: UUID
    call_id: UUID
    paused: bool
    reason: str
    by: str
    since: datetime
    until: datetime
    ended_how: str | None
    ended_by: str | None


class PlayedTransmission(BaseModel):
    """A talk of a talkgroup. `from_s` and `until_s` are where it stands in the sound, null when it is not in
    it; `recorded_s` is how much of that is heard. Who talks now has no `ended_at`.
    """

    talk_id: UUID | None
    party: str
    name: str
    priority: int
    request_id: UUID | None
    emergency: bool
    came_from: str
    began_at: datetime
    ended_at: datetime | None
    cause: str
    end_seen: bool
    from_s: float | None
    until_s: float | None
    recorded_s: float


class PlaybackGap(BaseModel):
    """`talked_s`: for so long somebody talked who is not heard."""

    since: datetime
    until: datetime
    from_s: float | None
    until_s: float | None
    talked_s: float


class TalkgroupRecording(BaseModel):
    recording_id: UUID
    talkgroup: str
    state: str
    began_at: datetime
    ended_at: datetime | None
    duration_s: float | None


class RecordedTransmissions(TalkgroupRecording):
    talks: list[PlayedTransmission]


class PlaybackView(BaseModel):
    """What was said in a talkgroup; the same `until`, `seconds` and `silence` ask for its sound."""

    talkgroup: str
    since: datetime
    until: datetime
    silence: Literal["keep", "drop"]
    seconds: float
    talks: list[PlayedTransmission]
    gaps: list[PlaybackGap]
    recordings: list[TalkgroupRecording]
