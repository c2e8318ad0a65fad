"""Skills against what a queue needs: pure. A skill is `language:…`, `district:…` or `subject:…` with a level.

An agent serves a queue when he has each skill that it needs. The better he is, the earlier he is rung: his
penalty is how far his weakest needed skill is below the best level.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from core.models import Strict

BEST: Final = 5
MOST_SKILLS: Final = 50
KINDS: Final = ("language", "district", "subject")
_SKILL: Final = re.compile(r"(?:language|district|subject):[a-z0-9][a-z0-9_-]{0,31}")


def check_skill(name: str) -> str:
    """Raises `ValueError` unless it is `language:`, `district:` or `subject:` and a word."""
    if not _SKILL.fullmatch(name):
        raise ValueError(f"a skill is one of {', '.join(KINDS)}, a colon and a word: language:en")
    return name


SkillName = Annotated[str, AfterValidator(check_skill)]
Level = Annotated[int, Field(ge=1, le=BEST)]
Skills = Mapping[str, int]


class SkillRequirement(Strict):
    """One skill that a queue needs, and the lowest level that will do."""

    skill: SkillName
    at_least: Level = 1


def penalty(skills: Skills, needs: Iterable[SkillRequirement]) -> int | None:
    """The agent's penalty in a queue with these needs, 0 for the best; None if he does not serve it."""
    worst = 0
    for need in needs:
        level = min(skills.get(need.skill, 0), BEST)
        if level < need.at_least:
            return None
        worst = max(worst, BEST - level)
    return worst
