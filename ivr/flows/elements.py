"""The names and values allowed in a flow, and the fields that all steps share."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
"""Of steps, queues, look-ups, checks."""
Prompt = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}(@[a-z]{2})?$")]
"""A prompt in the caller's language, or `prompt@en` in that one."""
Variable = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Digits = Annotated[str, Field(pattern=r"^[0-9*#]$")]
Value = Annotated[str, Field(max_length=64)]
"""Literal text, or `$name` for what a variable holds."""
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]

GIVEN: Final = ("caller", "called", "trunk", "waited", "round", "offer", "hours", "chosen")
"""Variables that every flow has from the start: `offer` and `chosen` yes or no, `hours` open or closed.
`chosen`: the caller has pressed the key of a language while a prompt played.
"""

EMERGENCY: Final = ("110", "119", "120", "122", "112", "911")
"""Police, fire, ambulance, traffic police, and what foreigners dial: handed over at once."""

PLEASE_HOLD: Final = "please-hold"
"""Played where an answer takes a moment."""


class FlowElement(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)


class AnyStep(FlowElement):
    @property
    def exits(self) -> tuple[str, ...]:
        """The steps that may follow."""
        return ()

    @property
    def automatic(self) -> tuple[str, ...]:
        """The steps that may follow although the caller does nothing."""
        return self.exits

    @property
    def prompts(self) -> tuple[str, ...]:
        """The prompts that it may play."""
        return ()


class Passing(AnyStep):
    next: Name

    @property
    def exits(self) -> tuple[str, ...]:
        return (self.next,)
