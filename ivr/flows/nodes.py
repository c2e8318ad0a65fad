"""The steps around the human-first path: place in the queue, callback, voicemail, survey, opening hours."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, field_validator

from ivr.flows.elements import AnyStep, FlowElement, Name, Passing, Prompt, Variable
from ivr.flows.numbers import NUMBER_PROMPTS
from ivr.ports import CallbackReason

POSITION_PROMPTS: Final = (
    "position-before", "position-after", "wait-before", "wait-minutes", "wait-one-minute", "wait-long",
    *NUMBER_PROMPTS,
)  # fmt: skip
NUMBER_ASKED: Final = ("callback-this-number", "callback-check", "callback-number")


class Opening(FlowElement):
    open: Name
    closed: Name


class HoursStep(AnyStep):
    """Branch by the calendar of the settings; without one it is always open."""

    hours: Opening

    @property
    def exits(self) -> tuple[str, ...]:
        return (self.hours.open, self.hours.closed)


class PriorityStep(Passing):
    """0 (last) to 20 (first), or `ask`: what the look-up `priority` says about the caller."""

    priority: Annotated[int, Field(ge=0, le=20)] | Literal["ask"]


class PositionStep(Passing):
    """Say the place in the queue and the expected wait, where they are known."""

    position: Literal[True]

    @property
    def prompts(self) -> tuple[str, ...]:
        """Names of the prompts that tell a position."""
        return POSITION_PROMPTS


class Callback(FlowElement):
    """Offer (`offer`; left out: the caller has asked already), agree on a number, hand it to the desk.

    `otherwise`: not wanted, no number, or the desk refuses. That way must lead to a person.
    """

    reason: CallbackReason
    offer: Prompt | None = None
    accepted: Name
    otherwise: Name


class CallbackStep(AnyStep):
    callback: Callback

    @property
    def exits(self) -> tuple[str, ...]:
        return (self.callback.accepted, self.callback.otherwise)

    @property
    def automatic(self) -> tuple[str, ...]:
        return (self.callback.otherwise,)

    @property
    def prompts(self) -> tuple[str, ...]:
        offer = (self.callback.offer,) if self.callback.offer else ()
        return (*offer, *NUMBER_ASKED, "callback-confirmed", "callback-refused")


class Voicemail(FlowElement):
    """A message of at most `most_s` seconds, kept as a span of the call's recording, and a callback for it.

    `otherwise`: nothing was said.
    """

    prompt: Prompt = "voicemail-ask"
    most_s: Literal[30, 60, 120] = 60
    kept: Name
    otherwise: Name


class VoicemailStep(AnyStep):
    voicemail: Voicemail

    @property
    def exits(self) -> tuple[str, ...]:
        return (self.voicemail.kept, self.voicemail.otherwise)

    @property
    def prompts(self) -> tuple[str, ...]:
        return (self.voicemail.prompt, "voicemail-kept")


class SurveyQuestion(FlowElement):
    name: Variable
    prompt: Prompt
    digits: Annotated[str, Field(pattern=r"^[0-9]{1,10}$")]
    """The keys that are an answer."""

    @field_validator("digits", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        """YAML takes 123 for a number."""
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class Survey(FlowElement):
    questions: Annotated[list[SurveyQuestion], Field(min_length=1, max_length=5)]
    tries: Annotated[int, Field(ge=1, le=3)] = 2
    wait_s: Annotated[int, Field(ge=1, le=10)] = 5


class SurveyStep(Passing):
    """Ask each question once; answers are kept even when the caller hangs up in between."""

    survey: Survey

    @property
    def prompts(self) -> tuple[str, ...]:
        """Names of the questions' prompts."""
        return tuple(question.prompt for question in self.survey.questions)


class VoiceCheck(FlowElement):
    """Does he speak? `pressed`: he cannot, and says so by a key. `silent`: neither."""

    prompt: Prompt
    heard: Name
    pressed: Name
    silent: Name


class VoiceStep(AnyStep):
    voice: VoiceCheck

    @property
    def exits(self) -> tuple[str, ...]:
        return (self.voice.heard, self.voice.pressed, self.voice.silent)

    @property
    def automatic(self) -> tuple[str, ...]:
        return (self.voice.silent,)

    @property
    def prompts(self) -> tuple[str, ...]:
        return (self.voice.prompt,)


class MarkStep(Passing):
    """What the agent is told about this caller."""

    mark: Literal["nuisance", "silent"]


class StayStep(AnyStep):
    """Back into the queue, to the place that he had. The end of a flow that runs while he waits."""

    stay: Literal[True]


class EmergencyStep(AnyStep):
    """Hand over to police, fire, ambulance or traffic police. The end of the flow."""

    emergency: Literal["110", "119", "120", "122"]

    @field_validator("emergency", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
