"""Talkgroups and the units that may use them, read from the tables and kept in memory: a pressed button does
not wait for the database. While it is away, the last content counts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from core.bus import Bus
from core.errors import Unavailable
from core.log import logger
from core.storage import Storage
from core.tasks import Tasks
from field.contract.names import name_key
from field.contract.talkgroup import RegisteredUnit, Talkgroup
from field.events import TalkgroupChanged, UnitChanged
from field.talkgroups import register_store as store

_log = logger("field")

READ_EVERY_S: Final = 10.0
READ_AGAIN_S: Final = 0.2
"""Who asks for a group that is not there has the tables read no more often."""


@dataclass(frozen=True, slots=True)
class _Tables:
    groups: Mapping[str, Talkgroup] = field(default_factory=dict)
    units: Mapping[str, RegisteredUnit] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)


class GroupRegister:
    """Reads the tables again at each change that is published, and every few seconds."""

    name = "group-register"

    def __init__(self, storage: Storage, bus: Bus) -> None:
        self._storage = storage
        self._rows = store.MembershipRows()
        self._tables = _Tables()
        self._read_at = 0.0
        self._changed: list[Callable[[], None]] = []
        self._wake = asyncio.Event()
        self._tasks = Tasks("group-register")
        bus.subscribe(TalkgroupChanged, self._group_changed, name="floor.talkgroups")
        bus.subscribe(UnitChanged, self._unit_changed, name="floor.units")

    @property
    def groups(self) -> Mapping[str, Talkgroup]:
        """By name."""
        return self._tables.groups

    @property
    def units(self) -> Mapping[str, RegisteredUnit]:
        """By id; those that are not revoked."""
        return self._tables.units

    def unit_at(self, address: str) -> RegisteredUnit | None:
        """The unit with this address in a radio network, or this id."""
        return self.units.get(self._tables.addresses.get(name_key(address), ""))

    def on_change(self, changed: Callable[[], None]) -> None:
        """Call `changed` when groups or units are different."""
        self._changed.append(changed)

    async def start(self) -> None:
        await self._read_or_keep()
        self._tasks.forever("read", self._run)

    async def stop(self) -> None:
        await self._tasks.stop()

    async def read(self) -> None:
        """Read the tables, and call back when something is different. Raises `StorageAway`."""
        self._read_at = time.monotonic()
        async with self._storage.read() as connection:
            rows = await store.read(connection)
        if rows != self._rows:
            self._rows, self._tables = rows, _tables(rows)
            for changed in self._changed:
                changed()

    async def read_again(self) -> None:
        """For somebody who asks for a group that is not there: it may have been made this moment. Never
        raises.
        """
        if time.monotonic() - self._read_at > READ_AGAIN_S:
            await self._read_or_keep()

    async def _read_or_keep(self) -> None:
        try:
            await self.read()
        except Unavailable as error:
            _log.info("talkgroups were not read: the last content counts", error=error.kind)

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
        """It comes with every message of a unit: the tables are read only for a new or revoked one."""
        if (event.unit_id in self._tables.units) == event.revoked:
            self._wake.set()


def _tables(rows: store.MembershipRows) -> _Tables:
    member_of: dict[str, set[str]] = {}
    for unit_id, tg_id in rows.put_on:
        member_of.setdefault(unit_id, set()).add(tg_id)
    networks: dict[str, set[str]] = {}
    for unit_id, address in rows.addresses:
        networks.setdefault(unit_id, set()).add(_network(address))
    own = [(unit_id, unit_id) for unit_id, *_ in rows.units]
    return _Tables(
        {group.tg_id: group for group in rows.groups},
        {
            unit_id: RegisteredUnit(
                unit_id,
                name,
                frozenset({_network(unit_id), *networks.get(unit_id, ())}),
                frozenset(skills),
                tuple(devices),
                frozenset(member_of.get(unit_id, ())),
            )
            for unit_id, name, skills, devices in rows.units
        },
        {name_key(address): unit_id for unit_id, address in (*rows.addresses, *own)},
    )


def _network(name: str) -> str:
    return name.partition(":")[0]
