"""Who may hear and talk on which talkgroup, out of the register's tables, kept in memory: a button does not
wait for the database. While that is away, what was last read counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from core.actor import Role
from core.bus import Bus
from core.errors import Unavailable
from core.log import logger
from core.storage import Storage
from core.tasks import Tasks
from radio_bridge.events import TalkgroupChanged, UnitChanged
from radio_bridge.floor import store
from radio_bridge.floor.model import LINE, NOTICE, PERSON, PHONE, Rules
from radio_bridge.floor.ports import Right
from radio_bridge.floor.settings import FloorSettings
from radio_bridge.mobile.field import MOST_GROUPS
from radio_bridge.talkgroups.model import Party, Talkgroup, TgClass, right
from radio_bridge.units.model import name_key

_log = logger("radio_bridge")

DESK_NAME: Final = "dispatch"
"""How units read whoever talks from a desk."""
LINE_NAME: Final = "phone"
"""How units read whoever talks from a telephone: his number is not for the air."""
OUR_NETWORK: Final = "app"
"""The network whose floors are ours; all others own theirs (decision 0100)."""
READ_EVERY_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class _Unit:
    name: str
    networks: frozenset[str]
    skills: frozenset[str]
    devices: tuple[str, ...]
    groups: frozenset[str]
    """Those that it was put on."""


@dataclass(frozen=True, slots=True)
class _Tables:
    groups: Mapping[str, Talkgroup] = field(default_factory=dict)
    units: Mapping[str, _Unit] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)
    """The units, by the keys of their names in every network, their own among them."""


class RegisterMembership:
    """Implements `Membership`. It is read again at each change that is told, and every few seconds."""

    name = "floor-members"

    def __init__(self, storage: Storage, bus: Bus, settings: FloorSettings) -> None:
        self._storage = storage
        self._ours = settings.rules()
        self._theirs = replace(self._ours, owned_by_network=True)
        self._rows = store.Rows()
        self._tables = _Tables()
        self._changed: list[Callable[[], None]] = []
        self._wake = asyncio.Event()
        self._tasks = Tasks("floor-members")
        bus.subscribe(TalkgroupChanged, self._group_changed, name="floor.talkgroups")
        bus.subscribe(UnitChanged, self._unit_changed, name="floor.units")

    async def start(self) -> None:
        await self._read_or_keep()
        self._tasks.forever("read", self._run)

    async def stop(self) -> None:
        await self._tasks.stop()

    def on_change(self, changed: Callable[[], None]) -> None:
        self._changed.append(changed)

    # --- for the floor ------------------------------------------------------------------------------

    def groups(self) -> Mapping[str, Rules]:
        return {
            group.tg_id: self._ours if group.network == OUR_NETWORK else self._theirs
            for group in self._tables.groups.values()
        }

    def right(self, group: str, party: str) -> Right | None:
        known = self._tables.groups.get(group)
        if known is None:
            return None
        if party == NOTICE or party.startswith((PERSON, LINE)):
            return _of_the_centre(party, known)
        unit = self._tables.units.get(party)
        if unit is None:
            return None
        who = _party(party, unit, known)
        talk = right(known, "talk", who)
        if talk.may:
            return Right(talk.priority, name=unit.name)
        hear = right(known, "monitor", who)
        return Right(known.priority, talks=False, name=unit.name) if hear.may else None

    def name_of(self, address: str) -> str:
        unit = self._tables.units.get(self._tables.addresses.get(name_key(address), ""))
        return "" if unit is None else unit.name

    # --- for desks ----------------------------------------------------------------------------------

    def knows(self, group: str) -> bool:
        return group in self._tables.groups

    def priority_of(self, group: str, roles: Collection[Role]) -> int | None:
        """Of somebody with these roles who wants to talk; None when he may not."""
        found = right(self._tables.groups.get(group), "talk", Party(roles=frozenset(roles)))
        return found.priority if found.may else None

    def may_monitor(self, group: str, roles: Collection[Role]) -> bool | None:
        """Whether somebody with these roles may listen; None when there is no such talkgroup."""
        known = self._tables.groups.get(group)
        return None if known is None else right(known, "monitor", Party(roles=frozenset(roles))).may

    def class_of(self, group: str) -> TgClass | None:
        """None when there is no such talkgroup."""
        known = self._tables.groups.get(group)
        return None if known is None else known.tg_class

    # --- for the broker's rights --------------------------------------------------------------------

    def units(self) -> Collection[str]:
        """Those that are not revoked."""
        return self._tables.units.keys()

    def hears(self, unit_id: str) -> Sequence[str]:
        """The talkgroups whose floor it may follow: those that it was put on first, and at most as many as a
        unit is told to have.
        """
        unit = self._tables.units.get(unit_id)
        if unit is None:
            return ()
        may = [
            group.tg_id
            for group in self._tables.groups.values()
            if right(group, "monitor", _party(unit_id, unit, group)).may
        ]
        return tuple(sorted(may, key=lambda tg_id: (tg_id not in unit.groups, tg_id))[:MOST_GROUPS])

    def devices_of(self, unit_id: str) -> Sequence[str]:
        """The unit's location apps, which its account at the broker has as well."""
        unit = self._tables.units.get(unit_id)
        return () if unit is None else unit.devices

    # --- inside -------------------------------------------------------------------------------------

    async def read(self) -> None:
        """Read the tables, and tell when something is different. Raises `StorageAway`."""
        async with self._storage.read() as connection:
            rows = await store.read(connection)
        if rows != self._rows:
            self._rows, self._tables = rows, _tables(rows)
            for changed in self._changed:
                changed()

    async def _read_or_keep(self) -> None:
        try:
            await self.read()
        except Unavailable as error:
            _log.info("talkgroups were not read: what was known counts", error=error.kind)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                async with asyncio.timeout(READ_EVERY_S):
                    await self._wake.wait()
            except TimeoutError:
                pass
            await self._read_or_keep()

    async def _group_changed(self, _event: TalkgroupChanged) -> None:
        self._wake.set()

    async def _unit_changed(self, event: UnitChanged) -> None:
        """It comes with every word of a unit: the tables are read for who is new or revoked alone."""
        if (event.unit_id in self._tables.units) == event.revoked:
            self._wake.set()


def _tables(rows: store.Rows) -> _Tables:
    put_on: dict[str, set[str]] = {}
    for unit_id, tg_id in rows.put_on:
        put_on.setdefault(unit_id, set()).add(tg_id)
    networks: dict[str, set[str]] = {}
    for unit_id, address in rows.addresses:
        networks.setdefault(unit_id, set()).add(_network(address))
    own = [(unit_id, unit_id) for unit_id, *_ in rows.units]
    return _Tables(
        {group.tg_id: group for group in rows.groups},
        {
            unit_id: _Unit(
                name,
                frozenset({_network(unit_id), *networks.get(unit_id, ())}),
                frozenset(skills),
                tuple(devices),
                frozenset(put_on.get(unit_id, ())),
            )
            for unit_id, name, skills, devices in rows.units
        },
        {name_key(address): unit_id for unit_id, address in (*rows.addresses, *own)},
    )


def _of_the_centre(party: str, group: Talkgroup) -> Right:
    """That he may talk was decided where he asked, or by who has put the telephone through."""
    if party.startswith(LINE):
        return Right(PHONE, name=LINE_NAME)
    return Right(0 if party == NOTICE else group.priority, name=DESK_NAME)


def _network(name: str) -> str:
    return name.partition(":")[0]


def _party(unit_id: str, unit: _Unit, group: Talkgroup) -> Party:
    return Party(
        unit_id=unit_id, networks=unit.networks, skills=unit.skills, member=group.tg_id in unit.groups
    )
