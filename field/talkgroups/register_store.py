"""What `GroupRegister` reads of the tables of units and talkgroups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from field.contract.talkgroup import Talkgroup
from field.talkgroups import store as tg_store
from field.units.store import names, units


@dataclass(frozen=True, slots=True)
class MembershipRows:
    """Equal when nothing is different. `units` are (unit, name, skills, devices) of those that may sign in,
    `addresses` (unit, address), `put_on` (unit, talkgroup).
    """

    groups: Sequence[Talkgroup] = ()
    units: Sequence[tuple[Any, ...]] = ()
    addresses: Sequence[tuple[Any, ...]] = ()
    put_on: Sequence[tuple[Any, ...]] = ()


async def read(connection: AsyncConnection) -> MembershipRows:
    described = select(units.c.unit_id, units.c.name, units.c.skills, units.c.devices)
    elsewhere = select(names.c.unit_id, names.c.name).where(names.c.address)
    put_on = select(tg_store.members.c.unit_id, tg_store.members.c.tg_id)
    return MembershipRows(
        tuple(await tg_store.all_groups(connection)),
        await _all(connection, described.where(units.c.revoked_at.is_(None)).order_by(units.c.unit_id)),
        await _all(connection, elsewhere.order_by(names.c.unit_id, names.c.name)),
        await _all(connection, put_on.order_by(tg_store.members.c.unit_id, tg_store.members.c.tg_id)),
    )


async def _all(connection: AsyncConnection, wanted: Select[Any]) -> Sequence[tuple[Any, ...]]:
    return [tuple(row) for row in await connection.execute(wanted)]
