"""What is wrong with a city's responsibility table, line by line, with the remedy."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from cases.responsibility.model import ReportPlace, ResponsibilityCatalogue, ResponsibilityRow
from cases.responsibility.resolve import FOLLOWING, matches_class, responsible

_CLASS = re.compile(r"^[PE](\d\d){0,2}$")
_PLACE = re.compile(r"^(\d{6}|\d{9})$")


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """`line` of the file; 0 when no line is to blame."""

    line: int
    what: str
    remedy: str


def check_responsibility(
    catalogue: ResponsibilityCatalogue, codes: Iterable[str], places: Iterable[str]
) -> list[RuleProblem]:
    """All that is wrong, by line. `codes`: all classes of the scheme; `places`: all districts."""
    known = sorted(codes)
    districts = sorted(places)
    problems = [
        *_tree(catalogue),
        *_names(catalogue),
        *_classes(catalogue, known),
        *_shadowed(catalogue),
        *_without(catalogue, known, districts),
    ]
    return sorted(problems, key=lambda one: (one.line == 0, one.line))


def check_beat_names(catalogue: ResponsibilityCatalogue, beats: Collection[str]) -> list[RuleProblem]:
    """Rows that name a beat that there is not."""
    return [
        RuleProblem(
            row.line, f"row {row.number}: no beat {beat}", "see songhua grid beats list, or import it"
        )
        for row in catalogue.rows
        for beat in row.beats
        if beat not in beats
    ]


def _tree(catalogue: ResponsibilityCatalogue) -> Iterator[RuleProblem]:
    departments = catalogue.departments
    for one in departments.values():
        if one.parent and one.parent not in departments:
            yield RuleProblem(
                one.line,
                f"{one.department_id}: no department is its parent {one.parent}",
                "name one of the file, or none",
            )
        seen, above = {one.department_id}, one.parent
        while above in departments:
            if above in seen:
                yield RuleProblem(
                    one.line, f"{one.department_id} is above itself", "break the circle of parents"
                )
                break
            seen.add(above)
            above = departments[above].parent
    by_place: dict[str, str] = {}
    for one in departments.values():
        if not one.place:
            continue
        other = by_place.setdefault(one.place, one.department_id)
        if other != one.department_id:
            yield RuleProblem(
                one.line,
                f"{one.department_id}: {one.place} is the place of {other} already",
                "give one of them no place",
            )


def _names(catalogue: ResponsibilityCatalogue) -> Iterator[RuleProblem]:
    for row in catalogue.rows:
        for named in (row.host, *row.assists):
            if named not in FOLLOWING and named not in catalogue.departments:
                what = f"row {row.number}: no department {named}"
                yield RuleProblem(row.line, what, f"add it, or write {', '.join(sorted(FOLLOWING))}")
        for place in row.places:
            if not _PLACE.match(place):
                yield RuleProblem(row.line, f"row {row.number}: no place {place}", "write six or nine digits")


def _classes(catalogue: ResponsibilityCatalogue, known: list[str]) -> Iterator[RuleProblem]:
    for row in catalogue.rows:
        for prefix in row.classes:
            if not _CLASS.match(prefix) or not any(code.startswith(prefix) for code in known):
                what = f"row {row.number}: no class begins with {prefix}"
                yield RuleProblem(row.line, what, "write a letter P or E, its major or its minor class")


def _shadowed(catalogue: ResponsibilityCatalogue) -> Iterator[RuleProblem]:
    """Rows that can never decide, since one before them always does."""
    for index, row in enumerate(catalogue.rows):
        for before in catalogue.rows[:index]:
            if before.host not in FOLLOWING and _covers(before, row):
                contradicts = "contradicts it" if before.host != row.host else "says the same"
                first = f"row {before.number} (line {before.line}) comes first and {contradicts}"
                what = f"row {row.number} never decides: {first}"
                yield RuleProblem(row.line, what, "move it before that row, or delete one of them")
                break


def _covers(before: ResponsibilityRow, row: ResponsibilityRow) -> bool:
    return (
        all(matches_class(before, prefix) for prefix in row.classes)
        and (not before.places or (bool(row.places) and set(row.places) <= set(before.places)))
        and (not before.beats or (bool(row.beats) and set(row.beats) <= set(before.beats)))
        and (not before.owners or (bool(row.owners) and set(row.owners) <= set(before.owners)))
    )


def _without(
    catalogue: ResponsibilityCatalogue, known: list[str], districts: list[str]
) -> Iterator[RuleProblem]:
    """Classes for which nobody answers in some district, where neither street nor owner is known."""
    for code in known:
        lacking = [
            one for one in districts if responsible(catalogue, code, ReportPlace(district=one)).host is None
        ]
        if lacking:
            where = "any district" if len(lacking) == len(districts) else ", ".join(lacking)
            yield RuleProblem(
                0, f"nobody answers for {code} in {where}", "add a row at the end for what no other takes"
            )
