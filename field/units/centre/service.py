"""The register of units: who there is, what is known of each, and who may sign in at the broker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from core.actor import Actor
from core.audit import Audit
from core.bus import Bus
from core.errors import Conflict, Invalid
from core.ids import uuid7
from core.operations import OperationMemory
from core.storage import Storage, Transaction
from field import operations, rights
from field.contract.names import check_uid
from field.dispatches import store as job_store
from field.errors import UnitRevoked, UnknownUnit
from field.events import UnitChanged
from field.ports import BrokerAccounts
from field.talkgroups import store as tg_store
from field.units import notifier, store
from field.units.centre.enrolment import store as codes
from field.units.model import (
    MOST_CREW,
    MOST_DEVICES,
    MOST_NAMES,
    MOST_SKILLS,
    Bearer,
    Shift,
    Unit,
    check_alias,
    check_texts,
    check_unit,
    is_device,
)
from field.units.places import store as place_store
from field.units.places.model import UnitPosition

REMEMBERED: Final = 200
"""Passwords that were told, until a request that came twice can no longer come; in memory alone."""


class _Keep:
    """Stands for "as it is": None is a value of its own where a shift is taken away."""


KEEP: Final = _Keep()


@dataclass(frozen=True, slots=True)
class UnitChange:
    """What is to change of a unit; what is None (or `KEEP`) stays as it is."""

    name: str | None = None
    crew: Sequence[str] | None = None
    aliases: Sequence[str] | None = None
    addresses: Sequence[str] | None = None
    vehicle: str | None = None
    department: str | None = None
    skills: Sequence[str] | None = None
    shift: Shift | _Keep | None = KEEP


@dataclass(frozen=True, slots=True)
class UnitDetails:
    """A unit with its bearers, the groups that it listens to, and where it is."""

    unit: Unit
    bearers: Sequence[Bearer] = ()
    groups: Sequence[str] = ()
    placed: UnitPosition | None = None


class UnitRegister:
    """Reads anywhere; only the role that holds the broker's account of `centre` can enrol and revoke."""

    def __init__(self, storage: Storage, bus: Bus, accounts: BrokerAccounts, audit: Audit) -> None:
        self._storage = storage
        self._bus = bus
        self._accounts = accounts
        self._audit = audit
        self._told = OperationMemory[str](REMEMBERED)

    def now(self) -> datetime:
        """The centre's clock: ages are by it."""
        return self._storage.clock.now()

    async def units(self) -> Sequence[Unit]:
        """All units by name, with the states of their jobs."""
        async with self._storage.read() as connection:
            return await store.all_units(connection, await job_store.statuses(connection))

    async def known(self) -> Sequence[UnitDetails]:
        """All of them, with what the desk shows."""
        async with self._storage.read() as connection:
            statuses = await job_store.statuses(connection)
            units = await store.all_units(connection, statuses)
            bearers = await store.bearers_by_unit(connection)
            groups = await tg_store.groups_by_unit(connection)
            placed = await place_store.all_places(connection)
        return [
            UnitDetails(
                unit,
                bearers.get(unit.unit_id, ()),
                groups.get(unit.unit_id, ()),
                placed.get(unit.unit_id),
            )
            for unit in units
        ]

    async def find(self, name: str) -> Unit:
        """By its own name, an alias, or an address on any network. Raises `UnknownUnit`."""
        return (await self.look(name)).unit

    async def look(self, name: str) -> UnitDetails:
        """As `find`, with what the desk shows."""
        async with self._storage.read() as connection:
            unit_id = await store.resolve(connection, name)
            unit = await store.find(connection, unit_id) if unit_id else None
            if unit is None:
                raise UnknownUnit(remedy="see GET /api/units")
            statuses = await job_store.statuses(connection)
            return UnitDetails(
                replace(unit, status=statuses.get(unit.unit_id, unit.status)),
                (await store.bearers_by_unit(connection, unit.unit_id)).get(unit.unit_id, ()),
                (await tg_store.groups_by_unit(connection, unit.unit_id)).get(unit.unit_id, ()),
                await place_store.place_of(connection, unit.unit_id),
            )

    async def way(
        self, unit_id: str, *, since: datetime | None, until: datetime | None, limit: int, actor: Actor
    ) -> Sequence[Row[Any]]:
        """Where the unit was, the newest first; written into the audit trail. Raises `Forbidden`,
        `UnknownUnit`.
        """
        rights.SEE_PLACES.check(actor)
        unit = await self.find(unit_id)
        await self._record(actor, "unit-track", unit.unit_id)
        async with self._storage.read() as connection:
            return await place_store.way_of(
                connection,
                unit.unit_id,
                since=since or datetime.fromtimestamp(0, UTC),
                until=until or self.now(),
                limit=limit,
            )

    async def create(self, unit: Unit, actor: Actor, *, op_id: UUID | None = None) -> str:
        """Add the unit and return its password, which is kept nowhere and told once.

        The same `op_id` again gets the same password for as long as it is remembered. Raises `Forbidden`,
        `Invalid`, `UnitExists`, `NameTaken`, `Conflict`, or `Unavailable` when the broker is away (then
        nothing was added).
        """
        rights.ENROL.check(actor)
        unit = checked(unit)
        what = f"enrol {unit.unit_id}"
        op_id = op_id or uuid7()
        if (known := self._told.known(op_id, what)) is not None:
            return known
        await self._record(actor, "unit-enrol", unit.unit_id)
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            if not await operations.first(transaction, op_id, what, now):
                raise _told_before()
            await store.add(transaction, unit, at=now, by=actor.id)
            # Inside: without an account there is no unit. An account without a unit can only be unheard.
            password = await self._accounts.issue(unit.unit_id, devices=unit.devices)
        await self._show(unit.unit_id)
        return self._told.keep(op_id, what, password)

    async def change(self, unit_id: str, change: UnitChange, *, op_id: UUID, actor: Actor) -> UnitDetails:
        """Raises `Forbidden`, `Invalid`, `UnknownUnit`, `NameTaken`, `Conflict`."""
        rights.CHANGE_UNIT.check(actor)
        async with self._storage.write() as transaction:
            unit = await store.find(transaction.connection, unit_id)
            if unit is None:
                raise UnknownUnit(unit_id, remedy="see GET /api/units")
            if await self._first(transaction, op_id, f"change {unit_id}"):
                await store.change(transaction, checked(_changed(unit, change)))
        await self._show(unit_id)
        return await self.look(unit_id)

    async def enrol(
        self,
        unit_id: str,
        *,
        devices: Sequence[str] | None = None,
        op_id: UUID | None = None,
        actor: Actor,
    ) -> str:
        """A new password for the unit; the old one is void at once, and a revoked unit may sign in again.

        `devices` are its location apps from now on (None: as they are). Raises as `create`, and
        `UnknownUnit`.
        """
        rights.ENROL.check(actor)
        what = f"renew {unit_id}"
        op_id = op_id or uuid7()
        if (known := self._told.known(op_id, what)) is not None:
            return known
        await self._record(actor, "unit-enrol", check_uid(unit_id))
        async with self._storage.write() as transaction:
            unit = await store.find(transaction.connection, unit_id)
            if unit is None:
                raise UnknownUnit(unit_id, remedy="see GET /api/units")
            if not await self._first(transaction, op_id, what):
                raise _told_before()
            if devices is not None:
                unit = checked(replace(unit, devices=tuple(devices)))
                await store.change(transaction, unit)
            await store.revoke(transaction, unit_id, at=None, by=actor.id)
            password = await self._accounts.issue(unit_id, devices=unit.devices)
        await self._show(unit_id)
        return self._told.keep(op_id, what, password)

    async def renew(self, unit_id: str, actor: Actor, *, op_id: UUID | None = None) -> str:
        """A new password for a unit that may sign in. Raises as `enrol`, and `UnitRevoked`."""
        rights.ENROL.check(actor)
        unit = await self.find(unit_id)
        if unit.revoked_at is not None:
            raise UnitRevoked(unit.unit_id, remedy="enrol it again")
        return await self.enrol(unit.unit_id, op_id=op_id, actor=actor)

    async def revoke(self, unit_id: str, *, op_id: UUID, actor: Actor) -> UnitDetails:
        """The unit can no longer sign in, and a running connection of it ends at once.

        It stays in the register. Asked again for a unit that is revoked, the account is withdrawn once more.
        Raises `Forbidden`, `UnknownUnit`, `Unavailable` when the broker is away (then nothing was done).
        """
        rights.CHANGE_UNIT.check(actor)
        await self._record(actor, "unit-revoke", check_uid(unit_id))
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            unit = await store.find(transaction.connection, unit_id)
            if unit is None:
                raise UnknownUnit(unit_id, remedy="see GET /api/units")
            if await self._first(transaction, op_id, f"revoke {unit_id}"):
                await store.revoke(transaction, unit_id, at=unit.revoked_at or now, by=actor.id)
                await tg_store.leave_all(transaction, unit_id)
                await codes.drop(transaction, unit_id)
                # Inside: who is shown as revoked is cut off.
                await self._accounts.withdraw(unit_id)
        await self._show(unit_id)
        return await self.look(unit_id)

    async def _show(self, unit_id: str) -> None:
        async with self._storage.read() as connection:
            changed: UnitChanged | None = await notifier.changed(connection, unit_id)
        if changed is not None:
            self._bus.publish(changed)

    async def _record(self, actor: Actor, action: str, unit_id: str) -> None:
        """Before it is done: what is not written down does not happen."""
        await self._audit.record(actor, action, f"unit:{unit_id}")

    async def _first(self, transaction: Transaction, op_id: UUID, what: str) -> bool:
        return await operations.first(transaction, op_id, what, self._storage.clock.now())


def _told_before() -> Conflict:
    return Conflict("its password was told already", remedy="enrol it again with a new op_id")


def checked(unit: Unit) -> Unit:
    """The unit as it may be kept. Raises `Invalid`."""
    check_unit(unit.unit_id)
    if not unit.name.strip() or len(unit.name) > 80:
        raise Invalid("a unit has a name of up to 80 letters")
    if len(unit.vehicle) > 80:
        raise Invalid("a vehicle is told in up to 80 letters")
    if len(unit.department) > 64:
        raise Invalid("the id of a department has up to 64 letters", remedy="see GET /api/departments")
    if len(unit.aliases) + len(unit.addresses) > MOST_NAMES:
        raise Invalid(f"a unit has at most {MOST_NAMES} aliases and addresses")
    if len(unit.devices) > MOST_DEVICES or not all(is_device(device) for device in unit.devices):
        raise Invalid(
            f"a unit has at most {MOST_DEVICES} location apps",
            remedy="their names have letters, digits, '_', '.', '-'",
        )
    if unit.shift is not None and not unit.shift.starts_at < unit.shift.ends_at:
        raise Invalid("a shift ends after it starts")
    return replace(
        unit,
        crew=check_texts("crew", unit.crew, MOST_CREW),
        skills=tuple(_skill(one) for one in check_texts("skills", unit.skills, MOST_SKILLS)),
        aliases=tuple(dict.fromkeys(check_alias(name) for name in unit.aliases)),
        addresses=tuple(dict.fromkeys(check_uid(name) for name in unit.addresses)),
        devices=tuple(dict.fromkeys(unit.devices)),
        vehicle=unit.vehicle.strip(),
        department=unit.department.strip(),
        name=unit.name.strip(),
    )


def _skill(text: str) -> str:
    if len(text) > 40 or any(sign in text for sign in " ,"):
        raise Invalid("a skill is one word of up to 40 letters", remedy="for example sewage")
    return text


def _changed(unit: Unit, change: UnitChange) -> Unit:
    def taken(given: Sequence[str] | None, now: tuple[str, ...]) -> tuple[str, ...]:
        return now if given is None else tuple(given)

    return replace(
        unit,
        name=unit.name if change.name is None else change.name,
        crew=taken(change.crew, unit.crew),
        aliases=taken(change.aliases, unit.aliases),
        addresses=taken(change.addresses, unit.addresses),
        vehicle=unit.vehicle if change.vehicle is None else change.vehicle,
        department=unit.department if change.department is None else change.department,
        skills=taken(change.skills, unit.skills),
        shift=unit.shift if isinstance(change.shift, _Keep) else change.shift,
    )
