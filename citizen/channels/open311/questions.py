"""Reads the parameters of Open311's questions. Pure; takes any text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from citizen.channels.open311.errors import invalid
from citizen.channels.open311.services import ServiceList
from citizen.contract import PublicQuery

SPAN: Final = timedelta(days=90)
PAGE: Final = 200
MOST_PAGE: Final = 1000
MOST_PAGES: Final = 10_000
MOST_ROWS: Final = 20_000
"""How far into a list pages go: the database counts all before it."""
MOST_NUMBERS: Final = 200


def requests_question(
    asked: Mapping[str, str], channel: str, services: ServiceList, now: datetime
) -> PublicQuery:
    """Which reports are asked for. Raises `GeoReportFault`."""
    size, offset = _page(asked)
    since, until = _span(asked, now)
    numbers = _listed(asked.get("service_request_id", ""))
    if len(numbers) > MOST_NUMBERS:
        raise invalid("service_request_id", f"at most {MOST_NUMBERS} at once")
    codes = [services.of_code(code).ref for code in _listed(asked.get("service_code", ""))]
    return PublicQuery(
        channel, since, until, tuple(numbers), tuple(codes), _closed(asked.get("status", "")), size, offset
    )


def updates_question(asked: Mapping[str, str], channel: str, now: datetime) -> PublicQuery:
    """Which steps are asked for. Raises `GeoReportFault`."""
    size, offset = _page(asked)
    since, until = _span(asked, now)
    return PublicQuery(channel, since, until, limit=size, offset=offset)


def moment(name: str, text: str) -> datetime:
    """A W3C date and time with its zone. Raises `GeoReportFault`."""
    try:
        found = datetime.fromisoformat(text.strip())
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise invalid(name, "write it as 2026-11-30T08:00:00Z")


def _span(asked: Mapping[str, str], now: datetime) -> tuple[datetime, datetime]:
    start, end = asked.get("start_date", ""), asked.get("end_date", "")
    try:
        if start and end:
            since, until = moment("start_date", start), moment("end_date", end)
        elif start:
            since = moment("start_date", start)
            until = since + SPAN
        elif end:
            until = moment("end_date", end)
            since = until - SPAN
        else:
            since, until = now - SPAN, now + timedelta(seconds=1)
    except OverflowError as error:
        raise invalid("start_date", "far beyond any report") from error
    if not since <= until:
        raise invalid("end_date", "it lies before start_date")
    if until - since > SPAN + timedelta(seconds=1):
        raise invalid("start_date", "at most 90 days before end_date")
    return since, until


def _closed(text: str) -> bool | None:
    wanted = {one.casefold() for one in _listed(text)}
    if not wanted <= {"open", "closed"}:
        raise invalid("status", "open or closed")
    return None if len(wanted) != 1 else wanted == {"closed"}


def _page(asked: Mapping[str, str]) -> tuple[int, int]:
    page = _number(asked, "page", 1, MOST_PAGES)
    size = _number(asked, "page_size", PAGE, MOST_PAGE)
    if page * size > MOST_ROWS:
        raise invalid("page", f"at most {MOST_ROWS} reports: ask for a shorter time")
    return size, (page - 1) * size


def _number(asked: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = asked.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 7 and 1 <= int(text) <= most):  # any number
        raise invalid(name, f"a number from 1 to {most}")
    return int(text)


def _listed(text: str) -> list[str]:
    return list(dict.fromkeys(one.strip() for one in text.split(",") if one.strip()))
