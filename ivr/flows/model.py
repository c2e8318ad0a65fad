"""The schema of a flow: named steps, each of one kind, joined by names. A flow is data; it runs no code.

Every way through a flow ends in `queue` (a person) or `hangup`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
"""Of steps, prompts, queues."""
Variable = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Digits = Annotated[str, Field(pattern=r"^[0-9*#]$")]
Value = Annotated[str, Field(max_length=64)]
"""Literal text, or `$name` for what a variable holds."""
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]

MOST_STEPS: Final = 200


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)


class _Step(_Part):
    @property
    def exits(self) -> tuple[str, ...]:
        """The steps that may follow."""
        return ()

    @property
    def automatic(self) -> tuple[str, ...]:
        """The steps that may follow although the caller does nothing."""
        return self.exits


class _Passing(_Step):
    next: Name

    @property
    def exits(self) -> tuple[str, ...]:
        return (self.next,)


class Play(_Passing):
    """Prompts one after the other. `notice`: they say that the call is recorded."""

    play: Annotated[list[Name], Field(min_length=1, max_length=10)]
    notice: bool = False

    @field_validator("play", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value


class Say(_Passing):
    """Digits, one by one: `$name` or literal digits."""

    say: Annotated[str, Field(pattern=r"^(\$[a-z][a-z0-9_]{0,31}|[0-9]{1,32})$")]


class Menu(_Part):
    prompt: Name
    choices: Annotated[dict[Digits, Name], Field(min_length=1)]
    otherwise: Name
    """When the caller presses nothing, or nothing that is offered, `tries` times."""
    tries: Annotated[int, Field(ge=1, le=5)] = 2
    wait_s: Annotated[int, Field(ge=1, le=10)] = 5
    invalid: Name | None = None


class MenuStep(_Step):
    menu: Menu

    @property
    def exits(self) -> tuple[str, ...]:
        return (*self.menu.choices.values(), self.menu.otherwise)

    @property
    def automatic(self) -> tuple[str, ...]:
        return (self.menu.otherwise,)


class DigitsAsked(_Part):
    prompt: Name
    into: Variable
    most: Annotated[int, Field(ge=1, le=32)] = 20
    wait_s: Annotated[int, Field(ge=1, le=10)] = 5
    otherwise: Name
    """When the caller presses nothing."""


class DigitsStep(_Passing):
    digits: DigitsAsked

    @property
    def exits(self) -> tuple[str, ...]:
        return (self.next, self.digits.otherwise)

    @property
    def automatic(self) -> tuple[str, ...]:
        return (self.digits.otherwise,)


class QueueStep(_Step):
    """To a person. The end of the flow."""

    queue: Name


class HangupStep(_Step):
    hangup: Literal[True]


class LookUp(_Part):
    """Ask one of the look-ups that the service offers; `unavailable` if it cannot say in time."""

    ask: Name
    about: Value
    into: Variable


class SetStep(_Passing):
    """Give variables values, or one the answer of a look-up."""

    set: Annotated[
        LookUp | Annotated[dict[Variable, Value], Field(max_length=10)], Field(union_mode="left_to_right")
    ]


class Branch(_Part):
    on: Variable
    cases: Annotated[dict[Value, Name], Field(min_length=1, max_length=50)]
    otherwise: Name


class BranchStep(_Step):
    branch: Branch

    @property
    def exits(self) -> tuple[str, ...]:
        return (*self.branch.cases.values(), self.branch.otherwise)


class LanguageStep(_Passing):
    """What is played from here on, and what the agent is told about the caller."""

    language: Language


KINDS: Final = ("play", "say", "menu", "digits", "queue", "hangup", "set", "branch", "language")


def _kind(value: Any) -> str | None:
    """The one key of a step that names its kind."""
    if isinstance(value, dict):
        found = [kind for kind in KINDS if kind in value]
    else:
        found = [kind for kind in KINDS if hasattr(value, kind)]
    return found[0] if len(found) == 1 else None


Step = Annotated[
    Annotated[Play, Tag("play")]
    | Annotated[Say, Tag("say")]
    | Annotated[MenuStep, Tag("menu")]
    | Annotated[DigitsStep, Tag("digits")]
    | Annotated[QueueStep, Tag("queue")]
    | Annotated[HangupStep, Tag("hangup")]
    | Annotated[SetStep, Tag("set")]
    | Annotated[BranchStep, Tag("branch")]
    | Annotated[LanguageStep, Tag("language")],
    Discriminator(
        _kind,
        custom_error_type="step_kind",
        custom_error_message="a step has exactly one of: " + ", ".join(KINDS),
    ),
]


class Flow(_Part):
    """`languages`: the first is spoken unless the flow changes it."""

    flow: Name
    languages: Annotated[list[Language], Field(min_length=1, max_length=10)]
    start: Name
    steps: Annotated[dict[Name, Step], Field(min_length=1, max_length=MOST_STEPS)]

    def prompts(self) -> Iterator[tuple[str, str]]:
        """(step, prompt) for every prompt that the flow may play."""
        for name, step in self.steps.items():
            if isinstance(step, Play):
                yield from ((name, prompt) for prompt in step.play)
            elif isinstance(step, MenuStep):
                yield name, step.menu.prompt
                if step.menu.invalid is not None:
                    yield name, step.menu.invalid
            elif isinstance(step, DigitsStep):
                yield name, step.digits.prompt
