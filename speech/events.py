"""Events of the speech room, and the announcements of taps that it receives."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from core.events import PERSONAL, PUBLIC, Delivery, Event
from core.models import Frozen

Speaker = Literal["citizen", "agent"]
Seconds = Annotated[float, Field(ge=0)]
Language = Literal["zh", "en"]
UTTERANCE_MOST_S = 28.0
"""No node makes a longer utterance: what it has not yet told when it goes began no earlier than that."""
Hints = Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=200)]


class BackfillSound(Frozen):
    """The tap carries a recording of what was said earlier: `seconds` from `started_at` on, for one gap."""

    gap_id: UUID
    started_at: datetime
    seconds: Seconds


class TapAnnounced(Event):
    """The centre is about to tap one leg: the AudioSocket connection will carry `tap_id` as its UUID.

    With the language `auto` the node finds it by itself, for each leg; `likely` is then the call's language.
    `hints_by_language` has the words to expect for each language; `hints` count only where it is empty.
    With `asked` it carries somebody's answer to us, of digits or of words; only `AnswerHeard` tells what is
    heard.
    """

    TYPE: ClassVar[str] = "speech.tap_announced"

    tap_id: UUID
    call_id: UUID
    leg_id: UUID
    speaker: Speaker
    language: Annotated[Literal["zh", "en", "auto"], PUBLIC] = "zh"
    likely: Annotated[Language | None, PUBLIC] = None
    hints: Hints = Field(default_factory=list)
    hints_by_language: dict[Language, Hints] = Field(default_factory=dict)
    late: BackfillSound | None = None
    asked: Literal["digits", "words"] | None = None


class TapRetired(Event):
    """No more of this tap is wanted: its connection is closed, what was said in it is still told."""

    TYPE: ClassVar[str] = "speech.tap_retired"

    tap_id: UUID


class TranscriptSegment(Event):
    """One utterance of one speaker.

    A partial (`final` false) is lossy and is replaced by the next event with the same `segment_id`; the final
    is durable: it is delivered at least once, and repeated deliveries carry the same `segment_id`.
    `start_s` and `end_s` count from the start of the tap, `started_at` is the same start as wall time (UTC).
    With a `gap_id` it was transcribed later, from the recording: its words fill that gap.
    `certainty` says for each piece of the text where it ends, in characters, and how sure the recogniser is
    of it (0 to 1): the first begins at 0, each other one where the one before it ends; empty where unknown.
    """

    TYPE: ClassVar[str] = "speech.transcript_segment"
    DELIVERY: ClassVar[Delivery] = "durable"

    call_id: UUID
    leg_id: UUID
    segment_id: UUID
    speaker: Speaker
    text: Annotated[str, PERSONAL]
    final: bool
    start_s: Seconds
    end_s: Seconds
    started_at: datetime
    language: str
    engine: str
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    certainty: tuple[tuple[Annotated[int, Field(ge=0)], Annotated[float, Field(ge=0, le=1)]], ...] = ()
    node: str = ""
    gap_id: UUID | None = None


class TranscriptGap(Event):
    """Speech without a text: the recogniser failed twice or was overloaded, or it was said while the
    recording was paused (no node says that: the centre holds such words back).
    """

    TYPE: ClassVar[str] = "speech.transcript_gap"
    DELIVERY: ClassVar[Delivery] = "durable"

    call_id: UUID
    leg_id: UUID
    segment_id: UUID
    speaker: Speaker
    start_s: Seconds
    end_s: Seconds
    started_at: datetime
    reason: Literal["overload", "engine", "paused"]
    node: str = ""


class TranscriptEnded(Event):
    """The tap of this leg has ended and each of its utterances is either final or a gap.

    With a `gap_id` it was a recording's; `whole` then says that all of its sound has come.
    """

    TYPE: ClassVar[str] = "speech.transcript_ended"
    DELIVERY: ClassVar[Delivery] = "durable"

    call_id: UUID
    leg_id: UUID
    tap_id: UUID
    segments: int
    gaps: int
    node: str = ""
    gap_id: UUID | None = None
    whole: bool = True


class AnswerUtterance(Frozen):
    """One utterance of an answer. The times count from the start of the tap; `sure` says how sure the
    recogniser is of its least sure piece (0 to 1), None where it cannot tell.
    """

    text: Annotated[str, PERSONAL]
    start_s: Seconds
    end_s: Seconds
    sure: Annotated[float, Field(ge=0, le=1)] | None = None


class AnswerHeard(Event):
    """What was answered so far, whole and by utterances; `over`: that was all. Kept nowhere, and for who
    asked alone.
    """

    TYPE: ClassVar[str] = "speech.answer_heard"

    tap_id: UUID
    text: Annotated[str, PERSONAL]
    over: bool
    utterances: Annotated[list[AnswerUtterance], Field(max_length=200)] = Field(default_factory=list)


class TapRefused(Event):
    """A new tap was refused so that the running ones stay whole; the call itself is not touched."""

    TYPE: ClassVar[str] = "speech.tap_shed"

    tap_id: UUID
    call_id: UUID
    leg_id: UUID
    speaker: Speaker
    reason: Literal["full", "no_worker"]
    node: str = ""


class SpeechCapacity(Event):
    """A speech node says where it listens and how much more it can take; retained, and repeated.

    `backlog` counts the utterances that were spoken to their end and have no text yet. `streams_now` is how
    many streams it takes at the moment: fewer than `streams_max` while a worker is missing or the transcript
    falls behind. `late_free` is how many recordings it would transcribe beside them.
    """

    TYPE: ClassVar[str] = "speech.capacity"

    node: str
    host: str
    port: int
    engine: str
    languages: list[str]
    streams_max: int
    streams_used: int
    workers_ready: int
    workers_max: int
    shedding: bool
    shed_total: int = 0
    backlog: int = 0
    streams_now: int | None = None
    late_free: int = 0

    @property
    def room(self) -> int:
        """How many more streams it takes now; below zero when it has too many."""
        if self.streams_now is None:
            return self.free
        room = self.streams_now - self.streams_used
        return room if self.workers_ready else min(0, room)

    @property
    def free(self) -> int:
        """How many more taps the node takes."""
        return max(0, self.streams_max - self.streams_used) if self.workers_ready else 0
