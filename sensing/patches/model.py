"""Change patches: what a file says of one, and what it is once it was checked. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid5

PATCHES: Final = UUID("5b0c6a2e-8f34-5d9e-9a51-6d1f0c7b9a44")
"""Namespace of the ids of patches, imports and drafts."""
MOST_TEXT: Final = 80
EARLIEST: Final = date(1970, 1, 1)

COLUMNS: Final[Mapping[str, Sequence[str]]] = {
    "source_id": ("source_id", "patch_id", "tbbh", "图斑编号", "id", "fid"),
    "kind": ("kind", "type", "bhlx", "变化类型"),
    "before": ("before", "date_before", "qsx", "前时相"),
    "after": ("after", "date_after", "hsx", "后时相"),
}
"""Our name of a property, and the names that files have for it, the first that is there counts."""
_DATE: Final = re.compile(r"(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})(?:[T ].*)?", re.ASCII)


class PatchResult(StrEnum):
    """What became of a patch; `case`: a case was filed of it."""

    OPEN = ""
    REAL = "real"
    NOT_REAL = "not_real"
    CASE = "case"


@dataclass(frozen=True, slots=True)
class RawFeature:
    """A feature as its file has it. `number` counts from 1; `shape` is a shapely geometry, None with a
    `fault`.
    """

    number: int
    shape: Any
    properties: Mapping[str, Any]
    fault: str = ""
    own_id: str = ""


@dataclass(frozen=True, slots=True)
class PatchProblem:
    """Why a feature was refused, and what to do."""

    feature: int
    source_id: str
    cause: str
    remedy: str


@dataclass(frozen=True, slots=True)
class CaseNear:
    """An open case near a patch."""

    case_id: UUID
    number: str


@dataclass(frozen=True, slots=True)
class ChangePatch:
    """A checked patch. `lon`, `lat` lie within it; `outline` is WKB in WGS-84 degrees."""

    patch_id: UUID
    number: int
    source_id: str
    kind: str
    before: date | None
    after: date | None
    district: str
    cell: str
    beat: str
    beat_name: str
    lon: float
    lat: float
    area_m2: float
    outline: bytes
    near: Sequence[CaseNear] = field(default=())


class BadProperty(ValueError):
    """The message says which one and why."""


def patch_id_of(source_id: str, outline: bytes) -> UUID:
    """The same for the same id and the same ground, whichever file and form it comes in."""
    return uuid5(PATCHES, f"{source_id}|{outline.hex()}")


def import_id_of(sha256: str, crs: str) -> UUID:
    """The same file with the same choice of `crs` is the same import."""
    return uuid5(PATCHES, f"import|{sha256}|{crs}")


def draft_id_of(import_id: UUID, beat: str, first: UUID) -> UUID:
    """The draft of a task: by the first patch that it asks about."""
    return uuid5(PATCHES, f"draft|{import_id}|{beat}|{first}")


def columns_of(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties by our names."""
    known = {
        str(name).strip().lower(): value
        for name, value in properties.items()
        if value != "" and isinstance(value, str | int | float | date)
    }
    found: dict[str, Any] = {}
    for ours, names in COLUMNS.items():
        name = next((one for one in names if one in known), None)
        if name is not None:
            found[ours] = known[name]
    return found


def text_of(value: object) -> str:
    """Printable, on one line, not too long."""
    if value is None or isinstance(value, dict | list | bytes):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value)[: 4 * MOST_TEXT]
    return "".join(" " if not sign.isprintable() else sign for sign in text).strip()[:MOST_TEXT]


def date_of(name: str, value: object, today: date) -> date | None:
    """2026-05-01, 20260501 or 2026/05/01. Raises `BadProperty`."""
    if value is None:
        return None
    if isinstance(value, datetime):
        found = value.date()
    elif isinstance(value, date):
        found = value
    else:
        text = text_of(value)
        parts = _DATE.fullmatch(text)
        try:
            found = date(*map(int, parts.groups() if parts is not None else ()))
        except (ValueError, TypeError):
            raise BadProperty(f"{name} is {text or 'no text'}, which is no day") from None
    if not EARLIEST <= found <= today:
        raise BadProperty(f"{name} is {found}, which is before 1970 or in the future")
    return found


def require_order(before: date | None, after: date | None) -> None:
    """Raises `BadProperty`."""
    if before is not None and after is not None and before > after:
        raise BadProperty(f"before ({before}) is later than after ({after})")
