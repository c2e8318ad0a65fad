"""How often agents file a draft's fields as drafted. Pure: confirmed cases in, counts and shares out.

`drafted` is what drafting said by itself, `final` what was filed, as the table `cases` keeps them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from cases.drafting.model import FieldName
from cases.shown import Shown, stored

JUDGED: tuple[FieldName, ...] = (
    FieldName.CATEGORY, FieldName.DISTRICT, FieldName.ADDRESS, FieldName.CROSSING, FieldName.URGENCY,
    FieldName.HANDOFF, FieldName.INTENT, FieldName.DESCRIPTION,
)  # fmt: skip


class FieldOutcome(StrEnum):
    """What became of a field: filed as drafted, with another value, filled where nothing was drafted,
    emptied, or empty from first to last.
    """

    KEPT = "kept"
    CHANGED = "changed"
    ADDED = "added"
    EMPTIED = "emptied"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A case as it was drafted and as it was filed: field name to `{value, shown, …}`."""

    filed_at: datetime
    drafted: Mapping[str, Any]
    final: Mapping[str, Any]


@dataclass(slots=True)
class FieldTally:
    """`sure` and `sure_wrong`: drafted without a mark of doubt, and not filed so."""

    fates: Counter[FieldOutcome] = field(default_factory=Counter)
    sure: int = 0
    sure_wrong: int = 0

    @property
    def judged(self) -> int:
        """Cases in which the field was drafted or filed."""
        return self.fates.total() - self.fates[FieldOutcome.EMPTY]

    @property
    def accepted(self) -> float | None:
        """The share filed as drafted; None where there is nothing to judge."""
        return self.fates[FieldOutcome.KEPT] / self.judged if self.judged else None


@dataclass(frozen=True, slots=True)
class Quality:
    """`untouched` cases were filed with no judged field changed. Weeks are ISO (`2026-W48`), categories those
    that were filed, confusions (drafted, filed) with their counts, the most frequent first.
    """

    cases: int
    untouched: int
    fields: Mapping[FieldName, FieldTally]
    weeks: Mapping[str, FieldTally]
    categories: Mapping[str, FieldTally]
    confusions: Sequence[tuple[str, str, int]]


def quality(confirmed: Iterable[Confirmed], *, confusions: int = 10) -> Quality:
    """Judge all of them; `weeks` and `categories` count the category field."""
    fields = {name: FieldTally() for name in JUDGED}
    weeks: dict[str, FieldTally] = {}
    categories: dict[str, FieldTally] = {}
    mixed: Counter[tuple[str, str]] = Counter()
    cases = untouched = 0
    for one in confirmed:
        cases += 1
        fates = {name: _count(fields[name], one, name) for name in JUDGED}
        untouched += all(fate in {FieldOutcome.KEPT, FieldOutcome.EMPTY} for fate in fates.values())
        drafted, filed = (_value(side, FieldName.CATEGORY) for side in (one.drafted, one.final))
        year, week, _ = one.filed_at.isocalendar()
        _count(weeks.setdefault(f"{year}-W{week:02}", FieldTally()), one, FieldName.CATEGORY)
        if filed is not None:
            _count(categories.setdefault(filed, FieldTally()), one, FieldName.CATEGORY)
        if drafted is not None and filed is not None and drafted != filed:
            mixed[drafted, filed] += 1
    worst = sorted(mixed.items(), key=lambda pair: (-pair[1], pair[0]))[:confusions]
    return Quality(
        cases=cases,
        untouched=untouched,
        fields=fields,
        weeks=dict(sorted(weeks.items())),
        categories=dict(sorted(categories.items(), key=lambda pair: (-pair[1].judged, pair[0]))),
        confusions=[(drafted, filed, count) for (drafted, filed), count in worst],
    )


def fate_of(drafted: str | None, filed: str | None) -> FieldOutcome:
    """What became of a drafted value: kept, changed, emptied, added, or empty before and after."""
    if drafted is None:
        return FieldOutcome.EMPTY if filed is None else FieldOutcome.ADDED
    if filed is None:
        return FieldOutcome.EMPTIED
    return FieldOutcome.KEPT if drafted == filed else FieldOutcome.CHANGED


def _count(tally: FieldTally, one: Confirmed, name: FieldName) -> FieldOutcome:
    fate = fate_of(_value(one.drafted, name), _value(one.final, name))
    tally.fates[fate] += 1
    if (
        fate in {FieldOutcome.KEPT, FieldOutcome.CHANGED, FieldOutcome.EMPTIED}
        and _shown(one.drafted, name) is Shown.SURE
    ):
        tally.sure += 1
        tally.sure_wrong += fate is not FieldOutcome.KEPT
    return fate


def _value(side: Mapping[str, Any], name: FieldName) -> str | None:
    """Cases of before a field was there have none of it."""
    held = side.get(name.value)
    value = held.get("value") if isinstance(held, Mapping) else None
    return value if isinstance(value, str) and value else None


def _shown(side: Mapping[str, Any], name: FieldName) -> Shown:
    held = side.get(name.value)
    return stored(held) if isinstance(held, Mapping) else Shown.OFFERED
