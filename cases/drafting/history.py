"""Who wrote each value of a draft and when, and what it overwrote, so that it can be restored. Pure.

What an agent wrote, and what an agent overwrote, is kept; a value of drafting that drafting itself
replaces is not. Neither is what its own author only went on typing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cases.drafting.model import Draft, FieldValue
from cases.events import EarlierValue

MOST_EARLIER = 10
"""Overwritten values that are kept of one field."""


@dataclass(frozen=True, slots=True)
class Author:
    """A person who wrote a value."""

    person: str
    name: str


DRAFTING = Author("", "")
"""The machine."""


def attributed(before: Draft, after: Draft, author: Author, at: datetime) -> Draft:
    """`after`, its changed values with their author and time, and with the values that they overwrote."""
    fields = {}
    for name, value in after.fields.items():
        known = before.fields[name]
        fields[name] = value if value is known else _value(known, value, author, at)
    return after.model_copy(update={"fields": fields})


def _value(known: FieldValue, value: FieldValue, author: Author, at: datetime) -> FieldValue:
    if (known.value, known.by) == (value.value, value.by) and known.rev == value.rev:
        return value.model_copy(
            update={
                "author": known.author,
                "author_name": known.author_name,
                "at": known.at,
                "earlier": known.earlier,
            }
        )
    return value.model_copy(
        update={
            "author": author.person,
            "author_name": author.name,
            "at": at,
            "earlier": _earlier(known, value, author),
        }
    )


def _earlier(known: FieldValue, value: FieldValue, author: Author) -> tuple[EarlierValue, ...]:
    # What an agent wrote stays also while drafting says the same: drafting may think of something else.
    by_agent = value.by == "agent"
    kept = [one for one in known.earlier if one.value != value.value or (one.by == "agent" and not by_agent)]
    if _is_worth_keeping(known, value, author):
        kept = [one for one in kept if one.value != known.value]
        kept.insert(
            0,
            EarlierValue(
                value=known.value or "",
                by=known.by,
                author=known.author,
                author_name=known.author_name,
                at=known.at,
            ),
        )
    while len(kept) > MOST_EARLIER:
        del kept[_least(kept)]
    return tuple(kept)


def _is_worth_keeping(known: FieldValue, value: FieldValue, author: Author) -> bool:
    if known.value is None or known.value == value.value or "draft" == known.by == value.by:
        return False
    typed_on = known.by == value.by and known.author == author.person
    return not (typed_on and (value.value or "").startswith(known.value))


def _least(kept: Sequence[EarlierValue]) -> int:
    """Which one goes first: the oldest of drafting, which can be heard again; else the oldest."""
    drafted = [at for at, one in enumerate(kept) if one.by == "draft"]
    return drafted[-1] if drafted else len(kept) - 1
