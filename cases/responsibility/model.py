"""Departments of a city, rows of its responsibility catalogue, and the answer for a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class DepartmentLevel(StrEnum):
    """What a department is part of."""

    CITY = "city"
    DISTRICT = "district"
    STREET = "street"
    ENTERPRISE = "enterprise"


@dataclass(frozen=True, slots=True)
class ResponsibleDepartment:
    """`place`: the district (six digits) or street (nine digits) that it is for; empty: the city.

    `owns`: names of owners as the part register writes them. `source` says where the entry comes from;
    `synthetic` where nothing but an example stands behind it.
    """

    department_id: str
    name_zh: str
    name_en: str
    level: DepartmentLevel
    parent: str
    place: str
    owns: tuple[str, ...]
    source: str
    line: int


@dataclass(frozen=True, slots=True)
class ResponsibilityRow:
    """One row. `classes` are prefixes of codes (`P`, `P01`, `P0101`); `places` are district or street codes;
    `beats` ids of beats.

    Empty `places`, `owners` and `beats` match all. `host` and `assists` are ids of departments, or follow
    from the report: `{street}`, `{district}`, `{owner}`.
    """

    number: int
    line: int
    classes: tuple[str, ...]
    places: tuple[str, ...]
    owners: tuple[str, ...]
    host: str
    assists: tuple[str, ...]
    why: str
    beats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportPlace:
    """District and street of a report, six and nine digits, and its beat; empty where they are not known."""

    district: str = ""
    street: str = ""
    beat: str = ""


class RowVerdict(StrEnum):
    """What became of a row that was tried."""

    DECIDES = "decides"
    OTHER_CLASS = "other_class"
    OTHER_PLACE = "other_place"
    OTHER_OWNER = "other_owner"
    NO_SUCH_HOST = "no_such_host"
    """The host follows from the report, and no department fits: the district is not known, or has none."""


@dataclass(frozen=True, slots=True)
class Responsibility:
    """The departments, the row that decided, and what became of each row that was tried before it.

    `host` is None when no row decided.
    """

    host: ResponsibleDepartment | None
    assists: Sequence[ResponsibleDepartment]
    row: ResponsibilityRow | None
    tried: Sequence[tuple[ResponsibilityRow, RowVerdict]]


@dataclass(frozen=True, slots=True)
class ResponsibilityCatalogue:
    """All departments by id, and the rows in the order in which they are tried."""

    departments: Mapping[str, ResponsibleDepartment]
    rows: Sequence[ResponsibilityRow]
