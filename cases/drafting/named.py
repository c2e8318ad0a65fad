"""Place names found in a passage, before they become candidates for fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Named:
    """A place name in a passage: where, what it is called, how sure, and which districts it can lie in."""

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


@dataclass(frozen=True, slots=True)
class Located:
    """What a language's reader found."""

    names: Sequence[Named] = ()
    crossings: Sequence[tuple[Named, Named, float]] = ()
    districts: Sequence[Named] = ()
