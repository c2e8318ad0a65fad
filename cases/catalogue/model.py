"""Catalogue generations and their classes. Scheme and version stand with every code, because the same
code means another thing in another generation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from cases.area_class import AreaClass
from cases.errors import BrokenTable, NoSuchCategory

Kind = Literal["part", "event"]
Confidence = Literal["seen", "memory", "local"]
CODE = re.compile(r"^[PE]\d{4}$")


@dataclass(frozen=True, slots=True)
class Category:
    """One minor class. `code` is kind letter, major (2 digits), minor (2 digits), as in GB/T 30428.2."""

    scheme: str
    version: str
    kind: Kind
    code: str
    name_zh: str
    name_en: str
    confidence: Confidence
    source: str
    handover: str = ""
    """The emergency number that such a report is handed over to; empty for the centre's own work."""

    @property
    def ref(self) -> str:
        """The form that drafts, cases and the wire carry: `scheme@version/code`."""
        return f"{self.scheme}@{self.version}/{self.code}"

    @property
    def major(self) -> str:
        """The code of the major class, a letter and two digits."""
        return self.code[:3]


LimitUnit = Literal[
    "minutes", "emergency_hours", "emergency_days", "working_hours", "working_days", "hours", "days"
]


@dataclass(frozen=True, slots=True)
class LimitAmount:
    """`amount` of `unit`, within `season` only where one is named; `text` is the city's own wording."""

    amount: float
    unit: LimitUnit
    text: str
    season: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """A time limit row of a class for a condition. `areas` replaces `allowed` in areas of those classes
    (管理区域); `area` is the class whose amount `allowed` is, None for the general one.
    """

    code: str
    condition_zh: str
    condition_en: str
    allowed: LimitAmount
    source: str
    areas: Mapping[AreaClass, LimitAmount] = field(default_factory=dict)
    area: AreaClass | None = None

    @property
    def text(self) -> str:
        """What is allowed, in the city's own wording."""
        return self.allowed.text

    @property
    def urgent(self) -> bool:
        """Whether it is of hours that run on through nights and holidays: somebody comes at once."""
        return self.allowed.unit == "emergency_hours"

    def in_area(self, area: AreaClass | None) -> Limit:
        """The row as it counts in an area of that class; without an amount for it the general one counts."""
        own = None if area is None else self.areas.get(area)
        return self if own is None else replace(self, allowed=own, areas={}, area=area)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One generation of one scheme; `majors` maps `P01` to its Chinese and English name."""

    scheme: str
    version: str
    standard: str
    title_zh: str
    title_en: str
    majors: Mapping[str, tuple[str, str]]
    rows: Mapping[str, Category]
    limits: tuple[Limit, ...] = ()
    urgent_limit: Limit | None = None
    """Of an urgent case whose class has no urgent row of its own; its code is empty."""

    def get(self, code: str) -> Category | None:
        return self.rows.get(code)

    def limits_of(self, code: str) -> tuple[Limit, ...]:
        """The time limits of a class; several where they depend on a condition."""
        return tuple(limit for limit in self.limits if limit.code == code)

    def limits_for(self, code: str, *, urgent: bool, area: AreaClass | None = None) -> tuple[Limit, ...]:
        """The same for a case in an area of class `area`: an urgent one has an urgent row."""
        limits = tuple(one.in_area(area) for one in self.limits_of(code))
        if not urgent or self.urgent_limit is None or any(one.urgent for one in limits):
            return limits
        return (*limits, replace(self.urgent_limit, code=code))

    def find(self, text: str) -> list[Category]:
        """Classes by code, or by part of the Chinese or English name."""
        wanted = text.strip().casefold()
        if not wanted:
            return list(self.rows.values())
        exact = self.rows.get(wanted.upper())
        if exact is not None:
            return [exact]
        return [
            row for row in self.rows.values() if wanted in row.name_zh or wanted in row.name_en.casefold()
        ]


@dataclass(frozen=True, slots=True)
class Catalogues:
    """All generations that this installation knows; `default` is the one that drafts are made in."""

    default: Catalogue
    others: tuple[Catalogue, ...] = field(default=())

    def all(self) -> Iterable[Catalogue]:
        """All catalogues, the default one first."""
        return (self.default, *self.others)

    def find(self, text: str) -> list[Category]:
        """As `Catalogue.find` in the default one, then the kinds of report that are handed over."""
        return [
            *self.default.find(text),
            *(row for catalogue in self.others for row in catalogue.find(text) if row.handover),
        ]

    def of(self, category: Category) -> Catalogue:
        """The catalogue that the class is of."""
        return next(
            one for one in self.all() if (one.scheme, one.version) == (category.scheme, category.version)
        )

    def by_ref(self, ref: str) -> Category:
        """The class of `scheme@version/code`. Raises `NoSuchCategory`."""
        head, _, code = ref.partition("/")
        scheme, _, version = head.partition("@")
        for catalogue in self.all():
            if (catalogue.scheme, catalogue.version) == (scheme, version):
                found = catalogue.get(code)
                if found is not None:
                    return found
        raise NoSuchCategory(
            "no class has this reference", remedy="choose one from /api/catalogue", ref=ref[:80]
        )


_LIMIT = re.compile(
    r"^(\S{1,12}季节)?(\d+(?:\.\d+)?)(紧急工作时|紧急工作日|工作时|工作日|小时|分钟|天|自然日)$"
)
_UNITS: Mapping[str, LimitUnit] = {
    "分钟": "minutes",
    "紧急工作时": "emergency_hours",
    "紧急工作日": "emergency_days",
    "工作时": "working_hours",
    "工作日": "working_days",
    "小时": "hours",
    "天": "days",
    "自然日": "days",
}


def parse_limit(text: str) -> LimitAmount:
    """A limit as cities write it, for example `2紧急工作时` or `种植季节15工作日`. Raises `BrokenTable`."""
    match = _LIMIT.match(text.replace(" ", ""))
    if match is None:
        raise BrokenTable(
            f"time limit not understood: {text!r}", remedy="write it like 2紧急工作时 or 4工作时"
        )
    return LimitAmount(float(match[2]), _UNITS[match[3]], text, match[1] or "")
