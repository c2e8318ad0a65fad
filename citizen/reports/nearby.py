"""Open reports around a place, as everybody may see them: class, street and step. Only what an agent filed is
shown, so that nobody reads what a stranger wrote, and nothing of a confidential case.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from math import cos, radians
from typing import Any, Final

from sqlalchemy import func, select

from cases.events import CaseProgress
from citizen.contract import NearbyQuery, NearbyReport, ReportClass
from citizen.errors import NoSuchReport
from citizen.tables import me_too, reports
from core.place import Position, distance_m
from core.storage import Storage
from core.storage.dialect import insert_if_new

MOST_METRES: Final = 1000.0
MOST: Final = 50
LOOKED_AT: Final = 500
METRES_OF_A_DEGREE: Final = 111_320.0
OPEN: Final = (
    CaseProgress.RECEIVED.value,
    CaseProgress.ASSIGNED.value,
    CaseProgress.IN_PROGRESS.value,
    CaseProgress.MERGED.value,
)
"""Steps of a problem that is still there; after `merged` come the steps of the case that goes on for it."""


class NearbyLedger:
    """Implements `citizen.contract.NearbyReports`."""

    def __init__(self, storage: Storage, classes: Sequence[ReportClass]) -> None:
        self._storage = storage
        self._classes = {one.ref: one for one in classes}

    async def near(self, query: NearbyQuery) -> Sequence[NearbyReport]:
        """As `NearbyReports.near`."""
        metres = min(query.metres, MOST_METRES)
        here = Position(lon=query.lon, lat=query.lat, accuracy_m=1)
        high = metres / METRES_OF_A_DEGREE
        wide = high / max(0.01, cos(radians(query.lat)))
        others = select(func.count()).where(me_too.c.report_id == reports.c.report_id).scalar_subquery()
        wanted = (
            select(
                reports.c.public_key, reports.c.case_category, reports.c.street, reports.c.progress,
                reports.c.received_at, reports.c.lon, reports.c.lat, others.label("others"),
            )
            .where(
                reports.c.progress.in_(OPEN),
                reports.c.lat.between(query.lat - high, query.lat + high),
                reports.c.lon.between(query.lon - wide, query.lon + wide),
                reports.c.case_id.is_not(None),
                ~reports.c.hidden,
                reports.c.public_key != "",
            )
            .order_by(reports.c.received_at.desc())
            .limit(LOOKED_AT)
        )  # fmt: skip
        async with self._storage.read() as connection:
            rows = (await connection.execute(wanted)).all()
        far = [(distance_m(here, Position(lon=row.lon, lat=row.lat, accuracy_m=1)), row) for row in rows]
        near = sorted((one for one in far if one[0] <= metres), key=lambda one: one[0])
        return [self._shown(row) for _, row in near[: min(query.limit, MOST)]]

    async def me_too(self, key: str, device: str) -> int:
        """As `NearbyReports.me_too`."""
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            connection = transaction.connection
            wanted = select(reports.c.report_id).where(
                reports.c.public_key == key, reports.c.progress.in_(OPEN), ~reports.c.hidden
            )
            found = None if not key else (await connection.execute(wanted)).scalar_one_or_none()
            if found is None:
                raise NoSuchReport(remedy="look at the list again")
            digest = hashlib.sha256(f"{found}\n{device}".encode()).hexdigest()
            await insert_if_new(connection, me_too, {"report_id": found, "device": digest, "at": now})
            counted = select(func.count()).select_from(me_too).where(me_too.c.report_id == found)
            return int((await connection.execute(counted)).scalar_one())

    def _shown(self, row: Any) -> NearbyReport:
        known = self._classes.get(row.case_category)
        return NearbyReport(
            key=row.public_key,
            category_zh=known.name_zh if known else "",
            category_en=known.name_en if known else "",
            street=row.street,
            step=CaseProgress(row.progress),
            received_at=row.received_at,
            others=row.others,
        )
