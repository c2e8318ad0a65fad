"""What the ledger's routes answer out of its rows, for the contract."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


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
    """Speech without a text. `filled_by` are segments that were transcribed afterwards; `filling` is how far
    that is.
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


class LedgerCall(BaseModel):
    """A call as a line of a list; `number`, `name` and `dialled` are masked."""

    call_id: UUID
    system_name: str
    linkedids: list[str]
    direction: Literal["inbound", "outbound", "internal"]
    number: str
    name: str
    dialled: str
    queue: str
    started_at: datetime
    queued_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    wait_s: float
    talk_s: float
    outcome: str
    closed_by: str | None
    agents: list[str]
    confidential: bool


class LedgerCallPage(BaseModel):
    """`next` is the cursor of the next page, null on the last one."""

    calls: list[LedgerCall]
    next: str | None


class LedgerLeg(BaseModel):
    leg_id: UUID
    endpoint: str
    party: str
    agent: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    talk_s: float


class LedgerRecording(BaseModel):
    """`track`: `in` is what the party of the leg says, `out` what it hears. `expected_at`: when it began."""

    recording_id: UUID
    leg_id: UUID | None
    track: Literal["in", "out"]
    state: Literal["expected", "complete", "missing", "lost", "orphan", "erasing", "erased"]
    expected_at: datetime
    duration_s: float | None
    key_id: str | None


class LedgerMoment(BaseModel):
    """An entry of a call's timeline; further fields depend on `what` (`cdr/timeline.py`)."""

    model_config = ConfigDict(extra="allow")

    at: datetime
    what: str
    id: str | None = None
    label: str | None = None
    kind: str | None = None
    state: str | None = None
    reason: str | None = None
    queue: str | None = None
    agent: str | None = None
    agent_id: str | None = None
    endpoint: str | None = None


class LegalHoldView(BaseModel):
    """`subject` is `call:<id>`, `case:<id>` or `talkgroup:<name>`."""

    hold_id: UUID
    subject: str
    reason: str
    set_by: str
    set_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None
    lift_reason: str | None


class LegalHoldList(BaseModel):
    holds: list[LegalHoldView]


class LedgerCallRecord(BaseModel):
    """Everything that is kept of a call; `transcript` is null for who is not close to it. The answer has also
    what was filed about the call, by kind (`cdr/record.py`).
    """

    model_config = ConfigDict(extra="allow")

    call: LedgerCall
    legs: list[LedgerLeg]
    recordings: list[LedgerRecording]
    legal_holds: list[LegalHoldView]
    unsealed: list[str]
    transcript: TranscriptView | None
    timeline: list[LedgerMoment]


class ReportView(BaseModel):
    """A report: `columns` are the keys of each row in their order, `units` those that are numbers (shares are
    0 to 1, null where there was nothing to divide by), `total` the same over the whole time; empty for calls.
    """

    report: Literal["queues", "agents", "quality", "calls"]
    since: datetime = Field(alias="from")
    to: datetime
    interval: str
    time_zone: str
    columns: list[str]
    units: dict[str, Literal["count", "seconds", "share", "points"]]
    rows: list[dict[str, Any]]
    total: dict[str, Any]
    next: str
