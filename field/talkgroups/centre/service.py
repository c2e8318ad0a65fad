"""The register of talkgroups: made, changed and removed by people; those of an incident go with its case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from cases.events import CaseChanged
from core.actor import Actor
from core.audit import Audit
from core.bus import Bus
from core.errors import Conflict, Invalid
from core.metrics import counter
from core.scopes import Scope
from core.storage import Storage, Transaction
from field import operations, rights
from field.contract.talkgroup import MEMBERS_ONLY, MOST_MEMBERS, Talkgroup, checked
from field.errors import TalkgroupExists, UnknownTalkgroup, UnknownUnit
from field.events import TalkgroupChanged
from field.ports import Incidents
from field.talkgroups import store
from field.units import store as unit_store

_taken_down = counter("field_incident_groups_ended", "Talkgroups that went with their incident")

OVER: Final = frozenset({"closed", "cancelled", "handed_over"})


@dataclass(frozen=True, slots=True)
class OnGroup:
    """`members` were put on it, `listening` are on it now."""

    group: Talkgroup
    members: Sequence[str]
    listening: Sequence[str]


class Talkgroups:
    """For the role `centre`: the role `radio` reads the same tables and hears of changes by the event."""

    def __init__(self, storage: Storage, bus: Bus, incidents: Incidents, audit: Audit) -> None:
        self._storage = storage
        self._audit = audit
        self._incidents = incidents
        bus.subscribe(CaseChanged, self.case_changed, name="field.incident-groups")

    async def groups(self) -> Sequence[OnGroup]:
        """Those that are there, with who is on them."""
        async with self._storage.read() as connection:
            return [
                OnGroup(
                    group,
                    await store.members_of(connection, group.tg_id),
                    await store.on_group(connection, group.tg_id),
                )
                for group in await store.all_groups(connection)
            ]

    async def find(self, tg_id: str) -> OnGroup:
        """Raises `UnknownTalkgroup`."""
        async with self._storage.read() as connection:
            group = await self._known(connection, tg_id)
            return OnGroup(
                group, await store.members_of(connection, tg_id), await store.on_group(connection, tg_id)
            )

    async def units_on(self, actor: Actor, tg_id: str) -> Sequence[str]:
        """Its members, and who listens to it now. Raises `OutOfScope`, `UnknownTalkgroup`."""
        actor.require_within(Scope.TALKGROUP, tg_id)
        on = await self.find(tg_id)
        return list(dict.fromkeys((*on.members, *on.listening)))

    async def add(self, group: Talkgroup, *, op_id: UUID, actor: Actor) -> OnGroup:
        """Raises `Forbidden`, `Invalid`, `TalkgroupExists`, `Conflict`."""
        rights.CHANGE_TALKGROUPS.check(actor)
        actor.require_within(Scope.TALKGROUP, group.tg_id)
        await self._make(checked(replace(group, case_id=None)), (), op_id=op_id, actor=actor)
        return await self.find(group.tg_id)

    async def add_for_incident(
        self,
        case_id: UUID,
        *,
        network: str,
        names: tuple[str, str],
        units: Iterable[str],
        op_id: UUID,
        actor: Actor,
    ) -> OnGroup:
        """A group for a case that is open, with these units on it; it goes when the case is closed.

        The same again makes no second one. Raises `Forbidden`, `Invalid`, `UnknownUnit`, `Conflict`.
        """
        rights.INCIDENT_TALKGROUP.check(actor)
        if not await self._incidents.is_open(case_id):
            raise Conflict("the case is not open", remedy="a group for an incident ends with its case")
        group = Talkgroup(f"{network}:case-{op_id.hex[-12:]}", *names, rights=MEMBERS_ONLY, case_id=case_id)
        await self._make(checked(group), tuple(dict.fromkeys(units)), op_id=op_id, actor=actor)
        return await self.find(group.tg_id)

    async def change(self, group: Talkgroup, *, op_id: UUID, actor: Actor) -> OnGroup:
        """Its names, class, rights and priority. Raises `Forbidden`, `Invalid`, `UnknownTalkgroup`."""
        rights.CHANGE_TALKGROUPS.check(actor)
        checked(group)
        await self._record(actor, "talkgroup-change", group.tg_id)
        async with self._storage.write() as transaction:
            if await self._first(transaction, op_id, f"tg-change {group.tg_id}"):
                known = await self._known(transaction.connection, group.tg_id)
                await store.change(transaction, group)
                await self._emit(transaction, replace(group, case_id=known.case_id))
        return await self.find(group.tg_id)

    async def move(
        self, tg_id: str, *, add: Sequence[str], remove: Sequence[str], op_id: UUID, actor: Actor
    ) -> OnGroup:
        """Put units on the group and take others off it. Raises `Forbidden`, `UnknownTalkgroup`,
        `UnknownUnit`.
        """
        rights.MEMBERS.check(actor)
        await self._record(actor, "talkgroup-members", tg_id)
        async with self._storage.write() as transaction:
            if await self._first(transaction, op_id, f"tg-members {tg_id}"):
                group = await self._known(transaction.connection, tg_id)
                await self._put_on(transaction, tg_id, add, actor)
                await store.take_off(transaction, tg_id, remove)
                await self._emit(transaction, group, also=remove)
        return await self.find(tg_id)

    async def remove(self, tg_id: str, *, op_id: UUID, actor: Actor) -> None:
        """Take the group down. Raises `Forbidden`, `UnknownTalkgroup`."""
        rights.MEMBERS.check(actor)
        await self._record(actor, "talkgroup-remove", tg_id)
        async with self._storage.write() as transaction:
            if not await self._first(transaction, op_id, f"tg-remove {tg_id}"):
                return
            group = await self._known(transaction.connection, tg_id)
            if group.case_id is None:
                rights.CHANGE_TALKGROUPS.check(actor)
            await self._end(transaction, group, by=actor.id)

    async def case_changed(self, event: CaseChanged) -> None:
        """A case that is over takes its groups with it; the same event again finds none."""
        if event.case.state not in OVER:
            return
        async with self._storage.write() as transaction:
            for group in await store.of_case(transaction.connection, event.case.case_id):
                await self._end(transaction, group, by=event.actor)
                _taken_down.inc()

    async def _make(self, group: Talkgroup, units: Sequence[str], *, op_id: UUID, actor: Actor) -> None:
        await self._record(actor, "talkgroup-add", group.tg_id)
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            if not await self._first(transaction, op_id, f"tg-add {group.tg_id}"):
                return
            if not await store.add(transaction, group, at=now, by=actor.id):
                raise TalkgroupExists(group.tg_id)
            await self._put_on(transaction, group.tg_id, units, actor)
            await self._emit(transaction, group)

    async def _record(self, actor: Actor, action: str, tg_id: str) -> None:
        """Before it is done: what cannot be audited is not done."""
        await self._audit.record(actor, action, f"talkgroup:{tg_id}")

    async def _put_on(self, transaction: Transaction, tg_id: str, units: Sequence[str], actor: Actor) -> None:
        for unit_id in units:
            if await unit_store.find(transaction.connection, unit_id) is None:
                raise UnknownUnit(unit_id, remedy="see GET /api/units")
        await store.put_on(transaction, tg_id, units, at=self._storage.clock.now(), by=actor.id)
        if len(await store.members_of(transaction.connection, tg_id)) > MOST_MEMBERS:
            raise Invalid(
                f"at most {MOST_MEMBERS} units are put on a group", remedy="use a skill or a network"
            )

    async def _end(self, transaction: Transaction, group: Talkgroup, *, by: str) -> None:
        units = {
            *await store.members_of(transaction.connection, group.tg_id),
            *await store.on_group(transaction.connection, group.tg_id),
        }
        now = self._storage.clock.now()
        await store.remove(transaction, group.tg_id, at=now, by=by)
        await self._emit(transaction, replace(group, removed_at=now), also=sorted(units))

    async def _emit(self, transaction: Transaction, group: Talkgroup, *, also: Sequence[str] = ()) -> None:
        now_on = await store.members_of(transaction.connection, group.tg_id)
        listening = await store.on_group(transaction.connection, group.tg_id)
        event = TalkgroupChanged(
            tg_id=group.tg_id,
            name_zh=group.name_zh,
            name_en=group.name_en,
            case_id=group.case_id,
            removed=group.removed_at is not None,
            units=sorted({*now_on, *listening, *also}),
        )
        await transaction.emit(event, stream=f"tg:{group.tg_id}")

    async def _known(self, connection: AsyncConnection, tg_id: str) -> Talkgroup:
        group = await store.find(connection, tg_id)
        if group is None or group.removed_at is not None:
            raise UnknownTalkgroup(tg_id, remedy="see GET /api/talkgroups")
        return group

    async def _first(self, transaction: Transaction, op_id: UUID, what: str) -> bool:
        return await operations.first(transaction, op_id, what, self._storage.clock.now())
