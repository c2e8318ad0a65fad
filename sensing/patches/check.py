"""Checks features, many at a time, and finds where they lie: cell, beat and open cases near them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sensing.patches.model import (
    BadProperty,
    CaseNear,
    ChangePatch,
    PatchProblem,
    RawFeature,
    columns_of,
    date_of,
    patch_id_of,
    require_order,
    text_of,
)
from sensing.patches.ports import OpenCaseAt, PatchPlace

METRES: Final = "EPSG:4551"
"""CGCS2000, zone around 126° E: the grid's projection."""
HASHED: Final = 7
"""Decimals of a degree that count for whether two outlines are the same: a centimetre."""
MOST_CASES: Final = 5
Refused = Callable[[int, str, str], None]


@dataclass(frozen=True, slots=True)
class PatchLimits:
    """What a patch may be at most."""

    area_m2: float
    vertices: int
    near_m: float


@dataclass(frozen=True, slots=True)
class CheckedFeature:
    """A feature with our columns; its geometry is not looked at yet."""

    raw: RawFeature
    source_id: str
    kind: str
    before: date | None
    after: date | None


class PatchCheck:
    """Checks chunks of one file. `crs` is a pyproj CRS; `place_at` says where a point in degrees lies."""

    def __init__(
        self,
        crs: Any,
        limits: PatchLimits,
        place_at: Callable[[float, float], PatchPlace | None],
        cases: Collection[OpenCaseAt],
        today: date,
    ) -> None:
        import shapely  # noqa: PLC0415  (takes half a second, and is of no use to the service)
        from pyproj import Transformer  # noqa: PLC0415

        self._limits = limits
        self._place_at = place_at
        self._today = today
        self._degrees = Transformer.from_crs(crs, "OGC:CRS84", always_xy=True)
        self._metres = Transformer.from_crs("OGC:CRS84", METRES, always_xy=True)
        self._cases = list(cases)
        points = [self._metres.transform(one.lon, one.lat) for one in self._cases]
        self._tree = shapely.STRtree(shapely.points(points) if points else [])

    def check(self, features: Sequence[RawFeature]) -> tuple[list[ChangePatch], list[PatchProblem]]:
        """Those that are good, in their order, and why the others are not. Takes its time."""
        problems: list[PatchProblem] = []
        read = [one for one in (self._columns(raw, problems) for raw in features) if one is not None]
        if not read:
            return [], problems
        good = self._shapes(read, problems)
        problems.sort(key=lambda one: one.feature)
        return good, problems

    def _columns(self, raw: RawFeature, problems: list[PatchProblem]) -> CheckedFeature | None:
        cells = columns_of(raw.properties)
        own = text_of(cells.get("source_id")) or raw.own_id
        if raw.fault:
            problems.append(PatchProblem(raw.number, own, raw.fault, "draw it again as a polygon"))
            return None
        try:
            before = date_of("before", cells.get("before"), self._today)
            after = date_of("after", cells.get("after"), self._today)
            require_order(before, after)
        except BadProperty as error:
            remedy = "write days as 2026-05-01, the earlier picture's as before"
            problems.append(PatchProblem(raw.number, own, str(error), remedy))
            return None
        return CheckedFeature(raw, own, text_of(cells.get("kind")), before, after)

    def _shapes(self, read: Sequence[CheckedFeature], problems: list[PatchProblem]) -> list[ChangePatch]:
        import numpy as np  # noqa: PLC0415
        import shapely  # noqa: PLC0415

        def refuse(index: int, cause: str, remedy: str) -> None:
            problems.append(PatchProblem(read[index].raw.number, read[index].source_id, cause, remedy))

        shapes = np.empty(len(read), dtype=object)
        shapes[:] = [one.raw.shape for one in read]
        shapes = shapely.force_2d(shapes)
        left = self._well_formed(shapes, refuse)
        with np.errstate(all="ignore"):
            degrees = _moved(shapes[left], self._degrees)
            bounds = shapely.bounds(degrees)
            on_earth = (
                (np.abs(bounds[:, [0, 2]]) <= 180).all(axis=1) & (np.abs(bounds[:, [1, 3]]) <= 85).all(axis=1)
            )  # fmt: skip
        for index in left[~on_earth]:
            self._elsewhere(shapes[index], index, refuse)
        left, degrees = left[on_earth], degrees[on_earth]
        metres = _moved(degrees, self._metres)
        areas = shapely.area(metres)
        # Far from the zone the projection has no numbers: that is outside of the city too.
        fits = ~(areas > self._limits.area_m2)
        for index, area in zip(left[~fits], areas[~fits], strict=True):
            refuse(
                index,
                f"it covers {area / 1e6:.2f} km², and {self._limits.area_m2 / 1e6:g} are the most",
                "split it, or raise [sensing] patch_area_km2",
            )
        left, degrees, metres, areas = left[fits], degrees[fits], metres[fits], areas[fits]
        return self._placed(read, shapes, left, degrees, metres, areas, refuse)

    def _well_formed(self, shapes: Any, refuse: Refused) -> Any:
        """The indexes of those that are polygons as they should be."""
        import numpy as np  # noqa: PLC0415
        import shapely  # noqa: PLC0415

        good = np.ones(len(shapes), dtype=bool)

        def drop(bad: Any, cause: str, remedy: str) -> None:
            for index in np.flatnonzero(bad & good):
                refuse(int(index), cause, remedy)
            good[bad] = False

        types = shapely.get_type_id(shapes)
        drop((types != 3) & (types != 6), "it is no polygon", "draw it again as a polygon")
        drop(shapely.is_empty(shapes), "it is empty", "remove it, or draw its outline")
        counts = shapely.get_num_coordinates(shapes)
        most = self._limits.vertices
        drop(
            counts > most, f"it has more than {most} points", "simplify it, or raise [sensing] patch_vertices"
        )
        bounds = shapely.bounds(shapes)
        drop(
            ~np.isfinite(bounds).all(axis=1) | (np.abs(bounds) > 1e9).any(axis=1),
            "its coordinates are no numbers of the ground",
            "look at the file's reference system",
        )
        valid = np.zeros(len(shapes), dtype=bool)
        valid[good] = shapely.is_valid(shapes[good])
        for index in np.flatnonzero(good & ~valid):
            reason = str(shapely.is_valid_reason(shapes[index]))[:80]
            refuse(int(index), f"its outline is not valid: {reason}", "repair it, as by ST_MakeValid")
        return np.flatnonzero(good & valid)

    def _placed(
        self,
        read: Sequence[CheckedFeature],
        shapes: Any,
        left: Any,
        degrees: Any,
        metres: Any,
        areas: Any,
        refuse: Refused,
    ) -> list[ChangePatch]:
        import numpy as np  # noqa: PLC0415
        import shapely  # noqa: PLC0415

        inside = shapely.point_on_surface(degrees)
        lons, lats = shapely.get_x(inside), shapely.get_y(inside)
        rounded = shapely.transform(degrees, lambda points: np.round(points, HASHED) + 0.0)
        bodies = shapely.to_wkb(shapely.normalize(rounded))
        near = self._near(metres)
        good = []
        for at, index in enumerate(left):
            lon, lat = float(lons[at]), float(lats[at])
            place = self._place_at(lon, lat)
            if place is None:
                self._elsewhere(shapes[index], int(index), refuse)
                continue
            one = read[index]
            good.append(
                ChangePatch(
                    patch_id_of(one.source_id, bodies[at]), one.raw.number, one.source_id, one.kind,
                    one.before, one.after, place.district, place.cell, place.beat, place.beat_name,
                    round(lon, 7), round(lat, 7), round(float(areas[at]), 1), bodies[at], near.get(at, ()),
                )
            )  # fmt: skip
        return good

    def _near(self, metres: Any) -> dict[int, list[CaseNear]]:
        found: dict[int, list[CaseNear]] = {}
        if not self._cases or not len(metres):
            return found
        pairs = self._tree.query(metres, predicate="dwithin", distance=self._limits.near_m)
        for at, case in zip(*pairs, strict=True):
            kept = found.setdefault(int(at), [])
            if len(kept) < MOST_CASES:
                kept.append(CaseNear(self._cases[case].case_id, self._cases[case].number))
        return found

    def _elsewhere(self, shape: Any, index: int, refuse: Refused) -> None:
        """Outside of the city; or inside, if east and north are exchanged."""
        import shapely  # noqa: PLC0415

        east, north = shapely.get_coordinates(shape)[0]
        lon, lat = self._degrees.transform(north, east)
        if abs(lon) <= 180 and abs(lat) <= 85 and self._place_at(lon, lat) is not None:
            refuse(
                index,
                "its axes are swapped: exchanged, it lies in the city",
                "write east or longitude first, then north or latitude",
            )
            return
        refuse(index, "it lies outside of the city's cells", "look at the reference system, or at --crs")


def _moved(shapes: Any, transformer: Any) -> Any:
    import numpy as np  # noqa: PLC0415
    import shapely  # noqa: PLC0415

    return shapely.transform(
        shapes, lambda points: np.column_stack(transformer.transform(points[:, 0], points[:, 1]))
    )
