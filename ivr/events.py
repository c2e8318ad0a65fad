"""Events of the dialogue. The two durable ones are stored with the call."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from core.events import PUBLIC, Delivery, Event

Mark = Literal["nuisance", "silent", "emergency"]
"""`nuisance`: the number is on the list; `silent`: he says nothing, or a key said that he cannot speak;
`emergency`: he pressed an emergency number and was handed over.
"""


class SurveyAnswered(Event):
    """What the caller pressed in the survey after the call. Partial: he may have hung up in it."""

    TYPE: ClassVar[str] = "ivr.survey_answered"
    DELIVERY: ClassVar[Delivery] = "durable"

    call_id: Annotated[UUID, PUBLIC]
    uniqueid: str
    linkedid: str
    answers: dict[str, str]
    """One digit by the question's name."""
    language: str


class VoicemailLeft(Event):
    """A message in the caller's own recording (`-in.alaw`), from `start_s` to `end_s` after its beginning."""

    TYPE: ClassVar[str] = "ivr.voicemail_left"
    DELIVERY: ClassVar[Delivery] = "durable"

    call_id: Annotated[UUID, PUBLIC]
    uniqueid: str
    linkedid: str
    start_s: float
    end_s: float
    language: str


class CallerMarked(Event):
    """What the agent should know about this caller before he answers. Live."""

    TYPE: ClassVar[str] = "ivr.caller_marked"

    call_id: Annotated[UUID, PUBLIC]
    uniqueid: str
    mark: Mark
