"""Place names found in a passage, before they become candidates for fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SAME_SOUND = 0.8
"""How surely the gazetteer has a name at least where it sounds the same; below it sounds alike only."""
KNOWN_STREET = 0.9
"""How sure a street is that the gazetteer has as it was said."""
GUESSED_MOST = 0.59
"""How sure one mention is at most of a name that was put in the place of one that sounds like it."""


@dataclass(frozen=True, slots=True)
class PlaceMention:
    """A place name in a passage: where, what it is called, how sure, and which districts it can lie in.

    `unit` is the building or phase as it is written after the name, `subdistrict` and grid `cell` their codes
    where known; `match` how surely the gazetteer has it: 0 for a name that stands as it was said.
    """

    start: int
    end: int
    name: str
    sure: float
    districts: tuple[str, ...] = ()
    street: bool = True
    denied: bool = False
    corrects: bool = False
    number: str = ""
    number_end: int = 0
    unit: str = ""
    match: float = 0.0
    subdistrict: str = ""
    cell: str = ""

    @property
    def guessed(self) -> bool:
        """True where the gazetteer only has a name of a like sound."""
        return 0 < self.match < SAME_SOUND

    @property
    def value(self) -> str:
        """The name with its house number or building, as an address is written in its language."""
        if not self.number:
            return self.name + self.unit
        if self.name.isascii():
            return f"{self.number} {self.name}"
        return f"{self.name}{self.number}号{self.unit}"


@dataclass(frozen=True, slots=True)
class Located:
    """What a language's reader found."""

    names: Sequence[PlaceMention] = ()
    crossings: Sequence[tuple[PlaceMention, PlaceMention, float]] = ()
    districts: Sequence[PlaceMention] = ()
