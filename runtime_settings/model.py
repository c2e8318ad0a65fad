"""Versions of a setting's value, and what a change of it does. Pure.

A value is JSON. The settings file gives version 1, once; from then on the newest version counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel

from core.translation import Sayable

MOST_BYTES: Final = 16 * 1024 * 1024
"""Of one value: a city has some ten thousand places."""
MOST_CHANGES: Final = 200
"""Differences that are shown; there may be more."""
MOST_CHARACTERS: Final = 4_000
"""Of one side of a difference: of a longer one the beginning is shown, as text."""
MOST_SHOWN_CHARACTERS: Final = 64_000
"""Of all differences that are shown."""
MOST_COMMENT: Final = 500

KEYS: Final = (
    ("codes",),
    ("name_zh", "kind"),
    ("day",),
    ("kind", "dispositions", "outcomes", "categories"),
    ("skill",),
    ("code",),
    ("talkgroups",),
    ("department_id",),
    ("name",),
)
"""What tells the rows of a list apart, for people and for comparison: the first that a row has."""


class EffectTime(StrEnum):
    """When a change takes effect."""

    NOW = "now"
    NEXT_CALL = "next-call"
    NEXT_RUN = "next-run"
    """When the work that reads it runs again, as the daily erasure."""


@dataclass(frozen=True, slots=True)
class SettingVersion:
    """`restores` is the version to which an undo went back; `value` is what holds from then on."""

    name: str
    number: int
    value: Any
    by: str
    at: datetime
    comment: str = ""
    op_id: UUID | None = None
    restores: int | None = None


class SettingDifference(BaseModel):
    """`path` leads to it: keys, or what names a row of a list. None: it is not there. Of what is long, the
    beginning as text, and how many characters it has as JSON.
    """

    path: list[str]
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True)
class PastVersion:
    """A version without its value; `changes` are against the version before."""

    number: int
    by: str
    at: datetime
    comment: str
    restores: int | None
    changes: Sequence[SettingDifference]


@dataclass(frozen=True, slots=True)
class SettingEffect:
    """What a change touches: `touches` counts `calls`, `agents`, `cases`, `places`; `at_least` when counting
    was given up. `notes` are sentences for people; `undoable` is False where going back does not bring back
    what the change did.
    """

    takes: EffectTime
    touches: Mapping[str, int] = field(default_factory=dict)
    at_least: bool = False
    undoable: bool = True
    notes: Sequence[Sayable] = ()


def encoded(value: Any) -> bytes:
    """The value's bytes: the same value gives the same bytes."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def differences(before: Any, after: Any) -> list[SettingDifference]:
    """Where two values differ, as it is shown: `MOST_CHANGES` and `MOST_SHOWN_CHARACTERS` at most."""
    found: list[SettingDifference] = []
    room = MOST_SHOWN_CHARACTERS
    for one in islice(_differences((), before, after), MOST_CHANGES):
        was, will = _shown(one.before), _shown(one.after)
        room -= len(str(was)) + len(str(will)) + len(str(one.path))
        if room < 0 and found:
            break
        found.append(SettingDifference(path=one.path, before=was, after=will))
    return found


def _shown(value: Any) -> Any:
    text = json.dumps(value, ensure_ascii=False)
    return value if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]} … ({len(text)})"


def _differences(path: tuple[str, ...], before: Any, after: Any) -> Iterator[SettingDifference]:
    if before == after:
        return
    one, other = _named(before), _named(after)
    if one is None or other is None:
        yield SettingDifference(path=list(path), before=before, after=after)
        return
    for key in dict.fromkeys((*one, *other)):
        yield from _differences((*path, key), one.get(key), other.get(key))
    if not path and [*one] != [*other] and one == other:
        yield SettingDifference(path=["order"], before=[*one], after=[*other])


def _named(value: Any) -> dict[str, Any] | None:
    """An object, or a list of rows that have names, by its keys; None for anything else."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        return None
    found = {}
    for row in value:
        keys = next((keys for keys in KEYS if keys[0] in row), ())
        name = " · ".join(_text(row[key]) for key in keys if row.get(key)) or "–"
        if not keys or name in found:
            return None
        found[name] = row
    return found


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
