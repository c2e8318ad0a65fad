"""Tries the rows in their order; the first that fits decides."""

from __future__ import annotations

from collections.abc import Iterable

from cases.responsibility.model import (
    ReportPlace,
    Responsibility,
    ResponsibilityCatalogue,
    ResponsibilityRow,
    ResponsibleDepartment,
    RowVerdict,
)

DISTRICT, STREET, OWNER = "{district}", "{street}", "{owner}"
FOLLOWING = frozenset({DISTRICT, STREET, OWNER})


def responsible(
    catalogue: ResponsibilityCatalogue, code: str, place: ReportPlace, owner: str = ""
) -> Responsibility:
    """Who answers for a report of class `code` there. `owner`: as the part register names it, if it is known.

    A department that assists and follows from the report is left out where none fits; a host that does not
    exist makes the row fall through.
    """
    tried: list[tuple[ResponsibilityRow, RowVerdict]] = []
    for row in catalogue.rows:
        host = _department(catalogue, row.host, place, owner)
        verdict = _verdict(row, code, place, owner, host)
        tried.append((row, verdict))
        if verdict is RowVerdict.DECIDES:
            assists = _assisting(catalogue, row, place, owner, host)
            return Responsibility(host, assists, row, tried)
    return Responsibility(None, (), None, tried)


def matches_class(row: ResponsibilityRow, code: str) -> bool:
    """Whether the row is for the class."""
    return any(code.startswith(prefix) for prefix in row.classes)


def _verdict(
    row: ResponsibilityRow, code: str, place: ReportPlace, owner: str, host: ResponsibleDepartment | None
) -> RowVerdict:
    if not matches_class(row, code):
        return RowVerdict.OTHER_CLASS
    if row.places and not {place.district, place.street} & set(row.places):
        return RowVerdict.OTHER_PLACE
    if row.beats and place.beat not in row.beats:
        return RowVerdict.OTHER_PLACE
    if row.owners and owner not in row.owners:
        return RowVerdict.OTHER_OWNER
    return RowVerdict.DECIDES if host is not None else RowVerdict.NO_SUCH_HOST


def _assisting(
    catalogue: ResponsibilityCatalogue,
    row: ResponsibilityRow,
    place: ReportPlace,
    owner: str,
    host: ResponsibleDepartment | None,
) -> tuple[ResponsibleDepartment, ...]:
    found = (_department(catalogue, one, place, owner) for one in row.assists)
    return tuple(dict.fromkeys(one for one in found if one is not None and one != host))


def _department(
    catalogue: ResponsibilityCatalogue, named: str, place: ReportPlace, owner: str
) -> ResponsibleDepartment | None:
    every = catalogue.departments.values()
    match named:
        case "{district}":
            return _of_place(every, place.district)
        case "{street}":
            return _of_place(every, place.street)
        case "{owner}":
            return next((one for one in every if owner and owner in one.owns), None)
        case _:
            return catalogue.departments.get(named)


def _of_place(every: Iterable[ResponsibleDepartment], code: str) -> ResponsibleDepartment | None:
    return next((one for one in every if code and one.place == code), None)
