"""Output of `songhua transcribe --json` and `songhua draft --json`; docs/schemas/ has the JSON Schemas.

Fields may be added; none is taken away or changes its meaning without another `format`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from speech.recorded.transcription import Transcript

Confidence = Annotated[float, Field(ge=0, le=1)]
Speaker = Literal["citizen", "agent"]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Segment(_Document):
    """One utterance. Times in seconds from the start of the file; null for text that was typed."""

    segment: str = Field(description="its name in this document: s1, s2 …")
    speaker: Speaker
    text: str
    start_s: float | None = None
    end_s: float | None = None
    language: str | None = None
    confidence: Confidence | None = Field(default=None, description="of the recogniser")
    certainty: list[tuple[int, Confidence]] = Field(
        default=[], description="for each piece of the text where it ends, in characters, and how sure it is"
    )


class DocumentGap(_Document):
    """Speech without a text."""

    speaker: Speaker
    start_s: float
    end_s: float
    reason: str


class RecogniserWork(_Document):
    """What the recogniser took: seconds (`load` is part of `wall`) and the most memory it held."""

    load_s: float
    wall_s: float
    cpu_s: float
    memory_mb: float


class TranscriptDocument(_Document):
    format: Literal["songhua-transcript-1"] = "songhua-transcript-1"
    file: str
    seconds: float
    channels: int = Field(description="two: citizen, agent; any other number is heard as one citizen")
    engine: str
    model: str
    segments: list[Segment]
    gaps: list[DocumentGap]
    work: RecogniserWork


class DocumentEvidence(_Document):
    """Characters `start` up to `end` of the segment's text, and what they are."""

    segment: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    words: str
    speaker: Speaker


class DocumentAlternative(_Document):
    """A next best value."""

    value: str
    name: str | None = Field(default=None, description="of a class or district, in Chinese")
    confidence: Confidence


class _Value(_Document):
    confidence: Confidence = Field(description="0 where the value is null or false")
    shown: Literal["sure", "doubtful", "offered"] = Field(
        default="offered", description="how the desk shows the value; `offered` where it is null or false"
    )
    evidence: list[DocumentEvidence]
    runner_up: DocumentAlternative | None = None
    others: list[DocumentAlternative] = Field(default=[], description="the next best, best first")
    detail: dict[str, str | int | float] = Field(
        default={}, description="the parts of a structured value; `said` are the words themselves"
    )


class DocumentText(_Value):
    value: str | None


class DocumentDistrict(_Value):
    value: str | None = Field(description="its Chinese name")
    code: str | None = Field(description="GB/T 2260, six digits")


class DocumentAddress(_Value):
    value: str | None
    kind: Literal["address", "crossing"] | None


class Urgent(_Value):
    value: bool
    level: Literal["normal", "urgent", "danger"] | None


class DocumentCategory(_Value):
    """`value` is the Chinese name, as `name` is; null where nothing is sure enough to be filled."""

    value: str | None
    scheme: str | None = None
    version: str | None = None
    code: str | None = None
    name: str | None = None
    name_en: str | None = None


class DocumentAdditionalProblem(_Document):
    """A second problem that was told in the same call; the desk offers a draft of its own for it."""

    value: str = Field(description="its class: `scheme@version/code`")
    name: str | None = Field(description="of the class, in Chinese")
    confidence: Confidence
    evidence: list[DocumentEvidence]


class DocumentAlarm(_Document):
    """Danger to life: who is to be called, and the words."""

    number: str
    rule: str
    evidence: DocumentEvidence


class DraftDocument(_Document):
    """The keys of the demo's `--expect` file, each with what it stands on, and the other fields of a draft.

    `address` is the address or the crossing, whichever says more; `crossing` is there by itself, too. Cases
    that a draft may repeat are known to the running service only.
    """

    format: Literal["songhua-draft-1"] = "songhua-draft-1"
    category: DocumentCategory
    district: DocumentDistrict
    address: DocumentAddress
    urgent: Urgent
    handoff: DocumentText = Field(description="110, 119, 120, 122 or null")
    intent: DocumentText = Field(description="report, status, enquiry, complaint, other or null")
    description: DocumentText
    crossing: DocumentText
    time: DocumentText = Field(
        description="the words for it: a text or file does not say on which day it was spoken"
    )
    count: DocumentText = Field(description="2, 7-8 or 10+")
    callback: DocumentText = Field(description="the number to call back, digits")
    caller: DocumentText = Field(description="the name that the caller gave")
    asset: DocumentText = Field(description="the number that stands on a pole, cover or box")
    relative: DocumentText = Field(description="a place beside another one")
    subdistrict: DocumentText = Field(description="nine digits")
    cell: DocumentText = Field(description="of the grid")
    department: DocumentText = Field(description="who answers for the class, in Chinese")
    additional_problems: list[DocumentAdditionalProblem]
    alarms: list[DocumentAlarm]
    segments: list[Segment]
    gaps: list[DocumentGap] = Field(description="what was spoken and has no text")


TEXT_FIELDS = tuple(
    name for name, held in DraftDocument.model_fields.items() if held.annotation is DocumentText
)
"""Fields of a draft that are shown as they are, in the order of the document."""


def segments_of(transcript: Transcript) -> list[Segment]:
    """The segments as drafting takes them, numbered in their order."""
    return [
        Segment(
            segment=f"s{number}",
            speaker=one.speaker,
            text=one.text,
            start_s=one.start_s,
            end_s=one.end_s,
            language=one.language,
            confidence=None if one.confidence is None else round(one.confidence, 3),
            certainty=list(one.certainty),
        )
        for number, one in enumerate(transcript.segments, 1)
    ]


def gaps_of(transcript: Transcript) -> list[DocumentGap]:
    """What could not be transcribed."""
    return [
        DocumentGap(speaker=one.speaker, start_s=one.start_s, end_s=one.end_s, reason=one.reason)
        for one in transcript.gaps
    ]


def lines_of(segments: Sequence[Segment]) -> list[str]:
    """For a person: when (if it was spoken), who, what."""
    whens = ["" if one.start_s is None else f"{one.start_s:8.2f}  " for one in segments]
    return [f"{when}{one.speaker:7}  {plain(one.text)}" for when, one in zip(whens, segments, strict=True)]


def plain(text: str) -> str:
    """What somebody said or wrote, without what a terminal would obey."""
    return "".join(one if one.isprintable() else "\ufffd" for one in text)
