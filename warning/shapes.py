"""Where running warnings hold, as a map draws it: few shapes of few points each. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from core.models import Frozen
from warning.area import area_of
from warning.cap.model import CapArea, CapCircle, CapMessage, CapSeverity, CapStatus, CapType, Point
from warning.ledger.model import RecordedWarning
from warning.words import headline_of, mark_of, severity_of

MOST_SHAPES: Final = 400
MOST_POINTS: Final = 40_000
FEWEST_POINTS: Final = 32
"""A polygon keeps as many, however many others there are."""


class WarningShapes(Frozen):
    """One warning that holds. Polygons are closed; `codes` are districts (GB/T 2260) of which the map has the
    outlines. `coarse`: points of a polygon were left out, `partly`: whole shapes.
    """

    warning_id: UUID
    mark: str
    status: CapStatus
    severity: CapSeverity
    headline: str
    headline_en: str
    until: datetime
    polygons: list[list[Point]]
    circles: list[CapCircle]
    codes: list[str]
    coarse: bool
    partly: bool


class WarningShapesList(Frozen):
    """`more`: of some warnings not every shape is here."""

    warnings: list[WarningShapes]
    more: bool


def shapes_of(found: Sequence[tuple[RecordedWarning, Sequence[CapMessage]]]) -> WarningShapesList:
    """Those that warn: an all-clear holds nowhere. Each comes with what it is about, which says where if it
    does not itself. The first ones get their shapes first.
    """
    warn = [(one, about) for one, about in found if one.message.msg_type is not CapType.CANCEL]
    rings = sum(len(area.polygons) for one, about in warn for area in _areas(one, about))
    each = max(FEWEST_POINTS, MOST_POINTS // max(1, min(rings, MOST_SHAPES)))
    left = MOST_SHAPES
    shown: list[WarningShapes] = []
    for one, about in warn:
        shapes = _shapes(one, about, each, left)
        left -= len(shapes.polygons) + len(shapes.circles) + len(shapes.codes)
        shown.append(shapes)
    return WarningShapesList(warnings=shown, more=any(one.partly for one in shown))


def _shapes(one: RecordedWarning, about: Sequence[CapMessage], each: int, left: int) -> WarningShapes:
    message, area = one.message, area_of(_areas(one, about))
    codes = tuple(dict.fromkeys(area.codes))
    polygons = area.polygons[:left]
    circles = area.circles[: left - len(polygons)]
    districts = codes[: left - len(polygons) - len(circles)]
    all_of = len(area.polygons) + len(area.circles) + len(codes)
    assert one.ends_at is not None
    return WarningShapes(
        warning_id=one.warning_id, mark=mark_of(message), status=message.status,
        severity=severity_of(message), headline=headline_of(message, about),
        headline_en=headline_of(message, about, "en"), until=one.ends_at,
        polygons=[thinned(ring, each) for ring in polygons], circles=list(circles), codes=list(districts),
        coarse=any(len(ring) > each for ring in polygons),
        partly=len(polygons) + len(circles) + len(districts) < all_of,
    )  # fmt: skip


def thinned(ring: Sequence[Point], most: int) -> list[Point]:
    """At most so many of its points, at even steps; the last is the first."""
    if len(ring) <= most:
        return list(ring)
    corners = len(ring) - 1
    return [*(ring[at * corners // (most - 1)] for at in range(most - 1)), ring[0]]


def _areas(one: RecordedWarning, about: Sequence[CapMessage]) -> Sequence[CapArea]:
    return one.message.areas or tuple(area for other in about for area in other.areas)
