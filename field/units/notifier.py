"""A unit as the desk shows it, put together from the tables."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from field.dispatches import store as job_store
from field.events import BearerView, UnitChanged, UnitSummary
from field.talkgroups import store as tg_store
from field.units import store
from field.units.model import Bearer, Unit


async def changed(connection: AsyncConnection, unit_id: str) -> UnitChanged | None:
    """The unit as it is now; None for an unknown one."""
    unit = await store.find(connection, unit_id)
    if unit is None:
        return None
    statuses = await job_store.statuses(connection)
    bearers = (await store.bearers_by_unit(connection, unit_id)).get(unit_id, [])
    groups = (await tg_store.groups_by_unit(connection, unit_id)).get(unit_id, [])
    return as_event(unit, statuses.get(unit_id, unit.status), bearers, groups)


def as_event(unit: Unit, status: str, bearers: Sequence[Bearer], groups: Sequence[str]) -> UnitChanged:
    summary = summary_of(unit, status, bearers, groups)
    return UnitChanged(**dict(summary), revoked=unit.revoked_at is not None)


def summary_of(unit: Unit, status: str, bearers: Sequence[Bearer], groups: Sequence[str]) -> UnitSummary:
    return UnitSummary(
        unit_id=unit.unit_id,
        name=unit.name,
        online=unit.online,
        status=status,
        last_heard=unit.last_heard,
        heard_by=unit.heard_by,
        bearers=[BearerView(bearer=one.name, online=one.online, heard_at=one.heard_at) for one in bearers],
        groups=list(groups),
        aliases=list(unit.aliases),
        vehicle=unit.vehicle,
        department=unit.department,
    )
