"""Who may talk on a group and with which priority: what the floor asks before it grants."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from core.actor import Actor
from field.contract.talkgroup import Party, Right, Verb, right
from field.talkgroups import store
from field.units import store as unit_store

LINE = Party(phone=True)
"""A telephone line that is patched to a group."""


async def of_unit(connection: AsyncConnection, tg_id: str, unit_id: str, verb: Verb = "talk") -> Right:
    """A unit by its name on the air; `revoked` and `no-such-unit` come before what the group says."""
    unit = await unit_store.find(connection, unit_id)
    if unit is None:
        return Right(may=False, cause="no-such-unit")
    if unit.revoked_at is not None:
        return Right(may=False, cause="revoked")
    group = await store.find(connection, tg_id)
    party = Party(
        unit_id=unit_id,
        networks=unit.networks,
        skills=frozenset(unit.skills),
        member=tg_id in await store.put_on_by(connection, unit_id),
    )
    return right(group, verb, party)


async def of_person(connection: AsyncConnection, tg_id: str, actor: Actor, verb: Verb = "talk") -> Right:
    """Somebody at a desk, by his roles."""
    return right(await store.find(connection, tg_id), verb, Party(roles=actor.roles))


async def of_phone(connection: AsyncConnection, tg_id: str, verb: Verb = "talk") -> Right:
    """A telephone line."""
    return right(await store.find(connection, tg_id), verb, LINE)
