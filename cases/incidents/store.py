"""Incidents and their calls in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.errors import NoSuchIncident
from cases.incidents.model import MOST_OPEN, AttachedCall, Incident
from cases.tables import incident_calls, incidents

MOST_SHOWN = 50


async def add(connection: AsyncConnection, incident: Incident) -> None:
    """Insert a new one."""
    await connection.execute(insert(incidents).values(asdict(incident)))


async def save(connection: AsyncConnection, incident: Incident) -> None:
    """Write it as it is now."""
    values = {name: value for name, value in asdict(incident).items() if name != "incident_id"}
    await connection.execute(
        update(incidents).where(incidents.c.incident_id == incident.incident_id).values(values)
    )


async def get(connection: AsyncConnection, incident_id: UUID, *, lock: bool = False) -> Incident:
    """Raises `NoSuchIncident`."""
    query = select(incidents).where(incidents.c.incident_id == incident_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).mappings().one_or_none()
    if row is None:
        raise NoSuchIncident(remedy="look at GET /api/incidents")
    return _incident(row)


async def open_ones(connection: AsyncConnection) -> list[Incident]:
    """Those that are not ended, the newest first."""
    query = (
        select(incidents)
        .where(incidents.c.ended_at.is_(None))
        .order_by(incidents.c.started_at.desc())
        .limit(MOST_OPEN)
    )
    return [_incident(row) for row in (await connection.execute(query)).mappings()]


async def latest(connection: AsyncConnection) -> list[Incident]:
    """Open and ended ones, the newest first."""
    query = select(incidents).order_by(incidents.c.started_at.desc()).limit(MOST_SHOWN)
    return [_incident(row) for row in (await connection.execute(query)).mappings()]


async def attach(connection: AsyncConnection, call: AttachedCall) -> None:
    """Keep that a call belongs to the incident."""
    await connection.execute(insert(incident_calls).values(asdict(call)))


async def detach(connection: AsyncConnection, call: AttachedCall) -> None:
    """It does not any more."""
    await connection.execute(delete(incident_calls).where(*_is(call.incident_id, call.call_id)))


async def attached(connection: AsyncConnection, incident_id: UUID, call_id: UUID) -> AttachedCall | None:
    """The call as it was attached; None: it is not."""
    query = select(incident_calls).where(*_is(incident_id, call_id))
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else AttachedCall(**row)


async def calls_of(
    connection: AsyncConnection, incident_ids: Sequence[UUID]
) -> dict[UUID, list[AttachedCall]]:
    """The calls of each incident, in the order in which they were attached."""
    found: dict[UUID, list[AttachedCall]] = {incident_id: [] for incident_id in incident_ids}
    query = (
        select(incident_calls)
        .where(incident_calls.c.incident_id.in_(list(incident_ids)))
        .order_by(incident_calls.c.at, incident_calls.c.call_id)
    )
    for row in (await connection.execute(query)).mappings():
        found[row["incident_id"]].append(AttachedCall(**row))
    return found


def _is(incident_id: UUID, call_id: UUID) -> tuple[Any, Any]:
    return incident_calls.c.incident_id == incident_id, incident_calls.c.call_id == call_id


def _incident(row: RowMapping) -> Incident:
    return Incident(**row)
