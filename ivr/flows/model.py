"""The schema of a flow: named steps, each of one kind, joined by names. A flow is data; it runs no code.

Every way through a flow ends with a person (`queue`, `stay`, `emergency`) or with `hangup`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from ivr.flows.elements import (
    PLEASE_HOLD,
    AnyStep,
    Digits,
    FlowElement,
    Language,
    Name,
    Passing,
    Prompt,
    Value,
    Variable,
)
from ivr.flows.nodes import (
    CallbackStep,
    EmergencyStep,
    HoursStep,
    MarkStep,
    PositionStep,
    PriorityStep,
    StayStep,
    SurveyStep,
    VoicemailStep,
    VoiceStep,
)

MOST_STEPS: Final = 200


class Play(Passing):
    """Prompts one after the other. `notice`: they say that the call is recorded."""

    play: Annotated[list[Prompt], Field(min_length=1, max_length=10)]
    notice: bool = False

    @property
    def prompts(self) -> tuple[str, ...]:
        """Names of the prompts that it plays."""
        return tuple(self.play)

    @field_validator("play", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value


class SayDigits(Passing):
    """Digits, one by one: `$name` or literal digits."""

    say: Annotated[str, Field(pattern=r"^(\$[a-z][a-z0-9_]{0,31}|[0-9]{1,32})$")]


class Menu(FlowElement):
    prompt: Prompt
    choices: Annotated[dict[Digits, Name], Field(min_length=1)]
    otherwise: Name
    """When the caller presses nothing, or nothing that is offered, `tries` times."""
    tries: Annotated[int, Field(ge=1, le=5)] = 2
    wait_s: Annotated[int, Field(ge=1, le=10)] = 5
    invalid: Prompt | None = None


class MenuStep(AnyStep):
    menu: Menu

    @property
    def exits(self) -> tuple[str, ...]:
        return (*self.menu.choices.values(), self.menu.otherwise)

    @property
    def automatic(self) -> tuple[str, ...]:
        return (self.menu.otherwise,)

    @property
    def prompts(self) -> tuple[str, ...]:
        return (self.menu.prompt, *((self.menu.invalid,) if self.menu.invalid else ()))


class DigitsAsked(FlowElement):
    """With `check`, digits that cannot be right (a wrong check digit) are said to be so by `wrong`, and asked
    for again, `tries` times in all.

    With `spoken` they may be said or pressed, where a machine can listen at that moment: that prompt asks for
    it, and `again` a second time what was not understood. After that, and everywhere else, only keys count.
    """

    prompt: Prompt
    into: Variable
    most: Annotated[int, Field(ge=1, le=32)] = 20
    wait_s: Annotated[int, Field(ge=1, le=10)] = 5
    otherwise: Name
    """When the caller presses nothing, or nothing that can be right."""
    check: Name | None = None
    wrong: Prompt | None = None
    tries: Annotated[int, Field(ge=1, le=5)] = 3
    spoken: Prompt | None = None
    again: Prompt | None = None

    @model_validator(mode="after")
    def _checked(self) -> Self:
        if self.spoken is not None and self.check is None:
            raise ValueError("spoken needs a check: what is heard wrongly must be found")
        if self.again is not None and self.spoken is None:
            raise ValueError("again belongs to spoken")
        return self


class DigitsStep(Passing):
    digits: DigitsAsked

    @property
    def exits(self) -> tuple[str, ...]:
        """The steps that may follow."""
        return (self.next, self.digits.otherwise)

    @property
    def automatic(self) -> tuple[str, ...]:
        """Where it goes on without the caller's doing."""
        return (self.digits.otherwise,)

    @property
    def prompts(self) -> tuple[str, ...]:
        """Names of the prompts that it may play."""
        asked = self.digits
        more = (asked.wrong, asked.spoken, asked.again, PLEASE_HOLD if asked.spoken else None)
        return (asked.prompt, *(one for one in more if one))


class QueueStep(AnyStep):
    """To a person. The end of the flow. `survey_after`: ask how it was; by default as the settings say."""

    queue: Name
    survey_after: bool | None = None


class HangupStep(AnyStep):
    hangup: Literal[True]


class LookUpStep(FlowElement):
    """Ask one of the look-ups that the service offers; `unavailable` if it cannot say in time.

    `limited`: each number may ask so many times in an hour as the settings say, then the answer is `limited`.
    """

    ask: Name
    about: Value
    into: Variable
    limited: bool = False


class SetStep(Passing):
    """Give variables values, or one the answer of a look-up."""

    set: Annotated[
        LookUpStep | Annotated[dict[Variable, Value], Field(max_length=10)], Field(union_mode="left_to_right")
    ]


class Branch(FlowElement):
    on: Variable
    cases: Annotated[dict[Value, Name], Field(min_length=1, max_length=50)]
    otherwise: Name


class BranchStep(AnyStep):
    branch: Branch

    @property
    def exits(self) -> tuple[str, ...]:
        return (*self.branch.cases.values(), self.branch.otherwise)


class LanguageStep(Passing):
    """What is played from here on, and what the agent is told about the caller."""

    language: Language


KINDS: Final = (
    "play", "say", "menu", "digits", "queue", "hangup", "set", "branch", "language", "hours", "priority",
    "position", "callback", "voicemail", "survey", "voice", "mark", "stay", "emergency",
)  # fmt: skip


def _kind(value: Any) -> str | None:
    """The one key of a step that names its kind."""
    if isinstance(value, dict):
        found = [kind for kind in KINDS if kind in value]
    else:
        found = [kind for kind in KINDS if hasattr(value, kind)]
    return found[0] if len(found) == 1 else None


Step = Annotated[
    Annotated[Play, Tag("play")]
    | Annotated[SayDigits, Tag("say")]
    | Annotated[MenuStep, Tag("menu")]
    | Annotated[DigitsStep, Tag("digits")]
    | Annotated[QueueStep, Tag("queue")]
    | Annotated[HangupStep, Tag("hangup")]
    | Annotated[SetStep, Tag("set")]
    | Annotated[BranchStep, Tag("branch")]
    | Annotated[LanguageStep, Tag("language")]
    | Annotated[HoursStep, Tag("hours")]
    | Annotated[PriorityStep, Tag("priority")]
    | Annotated[PositionStep, Tag("position")]
    | Annotated[CallbackStep, Tag("callback")]
    | Annotated[VoicemailStep, Tag("voicemail")]
    | Annotated[SurveyStep, Tag("survey")]
    | Annotated[VoiceStep, Tag("voice")]
    | Annotated[MarkStep, Tag("mark")]
    | Annotated[StayStep, Tag("stay")]
    | Annotated[EmergencyStep, Tag("emergency")],
    Discriminator(
        _kind,
        custom_error_type="step_kind",
        custom_error_message="a step has exactly one of: " + ", ".join(KINDS),
    ),
]


Purpose = Literal["entry", "closed", "waiting", "after"]
"""`entry`: who phones hears it; `closed`: instead, out of hours; `waiting`: between two rounds in the queue;
`after`: when the agent has hung up.
"""


class Flow(FlowElement):
    """`languages`: the first is spoken unless the flow or the caller changes it.

    `language_keys`: while a prompt plays, key 1 chooses the first language, 2 the second.
    """

    flow: Name
    purpose: Purpose = "entry"
    languages: Annotated[list[Language], Field(min_length=1, max_length=9)]
    language_keys: bool = True
    start: Name
    steps: Annotated[dict[Name, Step], Field(min_length=1, max_length=MOST_STEPS)]

    def prompts(self) -> Iterator[tuple[str, str]]:
        """(step, prompt) for every prompt that the flow may play."""
        for name, step in self.steps.items():
            yield from ((name, prompt) for prompt in step.prompts)
