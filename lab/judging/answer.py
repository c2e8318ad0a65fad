"""The right answer of a report, and whether a field's value is true by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cases.drafting import FieldName
from lab.corpora.calls import Report
from lab.judging.place import Spot, spot, spots

_ROAD_ENDS = ("路", "街", "道", "巷", " road", " street", " avenue")


@dataclass(frozen=True, slots=True)
class Answer:
    """The right answer of a report."""

    category: frozenset[str]
    more: tuple[frozenset[str], ...]
    district: str | None
    kind: str
    places: frozenset[Spot]
    urgency: str
    numbers: frozenset[str]
    intent: str
    written: tuple[str, ...]

    @classmethod
    def of(cls, report: Report) -> Answer:
        expect: Mapping[str, Any] = report["expect"]
        numbers = expect["handoff"] or ()
        written = tuple(expect["place"]["written"])
        return cls(
            category=frozenset(expect["category"]),
            more=tuple(frozenset(codes) for codes in expect["more"]),
            district=expect["district"],
            kind=expect["place"]["kind"],
            places=spots(written),
            urgency=expect["urgency"],
            numbers=frozenset([numbers] if isinstance(numbers, str) else numbers),
            intent=expect["intent"],
            written=written,
        )

    @property
    def names(self) -> frozenset[str]:
        return frozenset(name for place in self.places for name in place.names)

    @property
    def has_place(self) -> bool:
        return self.kind != "none"

    @property
    def is_danger(self) -> bool:
        return self.urgency == "danger"

    def right(self, name: FieldName, value: str) -> bool:
        """Whether the value of this field is true, as far as it goes: a street without its number is."""
        match name:
            case FieldName.CATEGORY:
                return code_of(value) in self.category
            case FieldName.DISTRICT:
                return value == self.district
            case FieldName.ADDRESS | FieldName.CROSSING:
                return self._true_place(spot(value))
            case FieldName.URGENCY:
                return value == self.urgency
            case FieldName.HANDOFF:
                return value in self.numbers
            case FieldName.INTENT:
                return value == self.intent
        raise ValueError(f"{name} is not judged")

    def _true_place(self, given: Spot) -> bool:
        if not self.has_place or not given.names or not all(map(self._true_name, given.names)):
            return False
        return (not given.house or given.house in {place.house for place in self.places}) and (
            not given.building or given.building in {place.building for place in self.places}
        )

    def _true_name(self, name: str) -> bool:
        """A right name or the street it begins with: 龙川路 of 龙川路枫叶小镇, not 周家街 of 周家街道."""
        return name in self.names or (
            name.endswith(_ROAD_ENDS)
            and any(right.startswith(name) and right[len(name)] != "道" for right in self.names)
        )


JUDGED = (
    FieldName.CATEGORY,
    FieldName.DISTRICT,
    FieldName.ADDRESS,
    FieldName.CROSSING,
    FieldName.URGENCY,
    FieldName.HANDOFF,
    FieldName.INTENT,
)


def code_of(ref: str | None) -> str | None:
    return None if ref is None else ref.rpartition("/")[2]
