"""Which steps an installation still needs. Pure: what is missing in, steps in their order out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class StepName(StrEnum):
    """In the order in which they are done: each needs those before it."""

    PROGRAMS = "programs"
    ACCOUNTS = "accounts"
    FOLDERS = "folders"
    SETTINGS = "settings"
    DATABASE = "database"
    KEYS = "keys"
    BROKER = "broker"
    SWITCH = "switch"
    PEOPLE = "people"
    SERVICES = "services"
    TEST_CALL = "test-call"


UNSEEN: Final = "cannot be seen before the steps above are done"
_READ_FROM: Final[Mapping[StepName, StepName]] = {
    StepName.DATABASE: StepName.SETTINGS,
    StepName.KEYS: StepName.DATABASE,
    StepName.BROKER: StepName.SETTINGS,
    StepName.SWITCH: StepName.SETTINGS,
    StepName.PEOPLE: StepName.DATABASE,
    StepName.SERVICES: StepName.SETTINGS,
}
"""Where the step on the left looks for what it has to find."""

Missing = Mapping[StepName, Sequence[str]]
"""What each step would make; nothing where all of it is there."""


@dataclass(frozen=True, slots=True)
class PlannedStep:
    step: StepName
    missing: tuple[str, ...]


def can_be_seen(step: StepName, missing: Missing) -> bool:
    """Whether one can look for what the step makes: the step that it reads from has nothing to do."""
    above = _READ_FROM.get(step)
    return above is None or (not missing.get(above) and can_be_seen(above, missing))


def plan(missing: Missing) -> list[PlannedStep]:
    """Steps with something to do, in their order. What cannot be seen yet is planned, and a test call follows
    every start.
    """
    found: list[PlannedStep] = []
    for step in StepName:
        lacks = tuple(missing.get(step, ()))
        if not can_be_seen(step, missing):
            lacks = (UNSEEN,)
        elif step is StepName.TEST_CALL and not lacks and any(one.step is StepName.SERVICES for one in found):
            lacks = ("services start",)
        if lacks:
            found.append(PlannedStep(step, lacks))
    return found
