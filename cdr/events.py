"""Events that the ledger publishes after commit."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from core.events import PERSONAL, PUBLIC, Delivery, Event


class CallRecorded(Event):
    """A call is over and stands in the ledger. Late rows bring it again with a higher `revision`.

    `outcome` is one of `answered`, `abandoned_greeting`, `abandoned_queue`, `unanswered`, `cut`;
    `closed_by` is `asterisk` or `reader`. Durations are seconds.
    """

    TYPE: ClassVar[str] = "cdr.call_recorded"
    DELIVERY: ClassVar[Delivery] = "durable"

    call_id: Annotated[UUID, PUBLIC]
    revision: int
    direction: str
    outcome: str
    closed_by: str
    number: Annotated[str, PERSONAL] = ""
    queue: str = ""
    agents: tuple[str, ...] = ()
    started_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime
    wait_s: float
    talk_s: float


class RecordingSettled(Event):
    """A recording's fate is known: `state` is `complete`, `missing`, `lost` or `orphan`."""

    TYPE: ClassVar[str] = "cdr.recording_settled"
    DELIVERY: ClassVar[Delivery] = "durable"

    recording_id: Annotated[UUID, PUBLIC]
    call_id: Annotated[UUID | None, PUBLIC] = None
    leg_id: UUID | None = None
    direction: str
    state: str
    duration_s: float | None = None
    sha256: str | None = None
    talkgroup: str = ""
    """Of a recording of a talkgroup's conference, which no call has."""


class RecordingPaused(Event):
    """Live: a running call's recording was paused, until `until` at the latest, or goes on."""

    TYPE: ClassVar[str] = "cdr.recording_paused"

    call_id: Annotated[UUID, PUBLIC]
    paused: bool
    reason: str
    by: str
    until: datetime


class ReportMailQueued(Event):
    """A mail of a scheduled report waits for the mail server; the event's id is the mail's."""

    TYPE: ClassVar[str] = "cdr.report_mail_queued"
    DELIVERY: ClassVar[Delivery] = "durable"

    schedule_id: UUID


class CallErased(Event):
    """The persons of a call were erased; who keeps a copy of their number, name or words forgets it too.

    `kinds` are of `recordings`, `transcripts`, `personal`.
    """

    TYPE: ClassVar[str] = "cdr.call_erased"
    DELIVERY: ClassVar[Delivery] = "durable"

    call_id: Annotated[UUID, PUBLIC]
    known_as: list[UUID]
    kinds: list[str]
    by: str
