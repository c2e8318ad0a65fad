"""Switches the mode with a second person, and tells everybody which one holds.

It needs the database and the people alone: neither broker, nor message centre, nor mail, nor the switch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from cases import rights
from cases.errors import NoSuchIncident
from cases.events import OperatingMode, OperatingModeChanged, OperatingModeView
from cases.incidents import store as incident_store
from cases.operating_mode import model, store
from cases.operating_mode.model import ModeVersion
from cases.operating_mode.ports import ModeApprovals
from cases.operating_mode.settings import ModeRules, OperatingModeSettings
from core.actor import Actor, Role
from core.log import logger
from core.metrics import gauge
from core.room import Health
from core.second_person import ApprovalStatus, ApprovalWish
from core.storage import Storage, StorageAway, Transaction
from core.storage.dialect import lock_number

_log = logger("cases")
_mode = gauge("operating_mode", "1 for the mode that holds: peace, emergency, wartime", ["mode"])
_unconfirmed = gauge("operating_mode_unconfirmed", "1 while a mode waits too long for its second person")

CHANGE_MODE: Final = "change-mode"
LOOK_EVERY_S: Final = 2.0
_LOCK: Final = 0x4D4F4445


@dataclass(frozen=True, slots=True)
class ModeWish:
    """`alone`: nobody else is there now. `incident_id`: the mass incident that it is about."""

    mode: OperatingMode
    why: str
    alone: bool = False
    incident_id: UUID | None = None


class OperatingModes:
    """`now` is what holds in this process; another process of the same database follows within seconds."""

    def __init__(self, storage: Storage, approvals: ModeApprovals, settings: OperatingModeSettings) -> None:
        self._storage = storage
        self._approvals = approvals
        self._settings = settings
        self.now: ModeVersion = model.first(storage.clock.now())
        _show(self.now)

    @property
    def rules(self) -> ModeRules:
        """What the present mode changes."""
        return self.rules_of(self.now.mode)

    def rules_of(self, mode: OperatingMode) -> ModeRules:
        if mode is OperatingMode.EMERGENCY:
            return self._settings.emergency
        return self._settings.wartime if mode is OperatingMode.WARTIME else ModeRules()

    def lent(self, roles: frozenset[Role]) -> frozenset[Role]:
        """The roles with those that the present mode gives besides."""
        given = self.rules.roles
        return roles.union(*(given[role] for role in roles if role in given)) if given else roles

    def view(self) -> OperatingModeView:
        """As everybody at the centre sees it."""
        now, within = self._storage.clock.now(), self._within
        return _view(self.now, self.rules, overdue=self.now.unconfirmed(now, within))

    async def versions(self) -> list[OperatingModeView]:
        """The newest first, and the one that holds before all."""
        await self.look()
        async with self._storage.read() as connection:
            found = await store.latest(connection)
        return [_view(one, self.rules_of(one.mode), overdue=False) for one in found]

    async def request(self, actor: Actor, wish: ModeWish, op_id: UUID) -> ApprovalStatus:
        """Ask for a mode. Alone, it holds when this returns; else once a second person has approved.

        Raises `Forbidden`, `SameMode`, `SecondPersonFirst`, `NoSuchIncident`, `StorageAway`.
        """
        rights.CHANGE_MODE.check(actor)
        await self.look()
        model.require_request(self.now, wish.mode, alone=wish.alone)
        if wish.incident_id is not None:
            async with self._storage.read() as connection:
                if (await incident_store.get(connection, wish.incident_id)).ended_at is not None:
                    raise NoSuchIncident("the incident was ended", remedy="name an open one")
        parameters = {
            "mode": wish.mode.value, "from": self.now.mode.value, "version": str(self.now.version + 1),
            "alone": "yes" if wish.alone else "no",
            "incident": "" if wish.incident_id is None else str(wish.incident_id),
        }  # fmt: skip
        status = await self._approvals.order(
            actor, ApprovalWish(CHANGE_MODE, parameters, wish.why, wish.alone), op_id
        )
        await self.look()
        return status

    async def switch(self, actor: Actor, parameters: Mapping[str, str], why: str) -> str:
        """Do what was approved, once however often it is called (`core.second_person.Perform`).

        Raises `ModeMovedOn`, `StorageAway`.
        """
        word = await self._approvals.word(CHANGE_MODE, parameters["version"], parameters["mode"], actor.id)
        incident = parameters.get("incident", "")
        wanted = ModeVersion(
            version=int(parameters["version"]),
            mode=OperatingMode(parameters["mode"]),
            before=OperatingMode(parameters["from"]),
            why=why,
            by=actor.id,
            at=self._storage.clock.now(),
            alone=parameters["alone"] == "yes",
            confirmed_by="" if word is None else word.by,
            confirmed_at=None if word is None else word.at,
            incident_id=UUID(incident) if incident else None,
        )
        async with self._storage.write() as transaction:
            await lock_number(transaction.connection, _LOCK)
            kept = model.switched(await self._newest(transaction), wanted)
            if kept is not None:
                await store.add(transaction.connection, kept)
                await self._tell(transaction, kept)
        await self.look()
        return f"version {wanted.version}: {wanted.mode.value}"

    async def look(self) -> None:
        """Read what holds: another process may have switched, a second person may have confirmed. Raises
        `StorageAway`: then what was known stays.
        """
        async with self._storage.read() as connection:
            found = await store.latest(connection, 1)
        if found:
            self._hold(found[0])
        if self.now.version and not self.now.confirmed_by:
            word = await self._approvals.word(
                CHANGE_MODE, str(self.now.version), self.now.mode.value, self.now.by
            )
            if word is not None:
                await self._confirm(model.confirmed(self.now, word.by, word.at))
        _unconfirmed.set(1 if self.view().overdue else 0)

    async def run(self) -> None:
        while True:
            try:
                await self.look()
            except StorageAway:
                _log.info("the operating mode was not read: the database is away")
            await self._storage.clock.sleep(LOOK_EVERY_S)

    def health(self) -> Health:
        """Degraded while the second person of a mode is overdue."""
        if self.view().overdue:
            return Health("operating-mode", "degraded", "a second person confirms it: songhua mode confirm")
        return Health("operating-mode", "up", self.now.mode.value)

    @property
    def _within(self) -> timedelta:
        return timedelta(minutes=self._settings.confirm_within_min)

    async def _confirm(self, version: ModeVersion) -> None:
        async with self._storage.write() as transaction:
            if await store.confirm(transaction.connection, version):
                await self._tell(transaction, version)
        self._hold(version)

    async def _newest(self, transaction: Transaction) -> ModeVersion:
        found = await store.latest(transaction.connection, 1)
        return found[0] if found else model.first(self._storage.clock.now())

    async def _tell(self, transaction: Transaction, version: ModeVersion) -> None:
        view = _view(version, self.rules_of(version.mode), overdue=False)
        await transaction.emit(OperatingModeChanged(mode=view), stream="operating-mode")

    def _hold(self, version: ModeVersion) -> None:
        if version.version >= self.now.version and version != self.now:
            _log.info("the operating mode", mode=version.mode.value, version=version.version)
            self.now = version
            _show(version)


def _show(version: ModeVersion) -> None:
    for one in OperatingMode:
        _mode.labels(one.value).set(1 if one is version.mode else 0)


def _view(version: ModeVersion, rules: ModeRules, *, overdue: bool) -> OperatingModeView:
    return OperatingModeView(
        mode=version.mode,
        before=version.before,
        version=version.version,
        why=version.why,
        by=version.by,
        since=version.at,
        alone=version.alone,
        confirmed_by=version.confirmed_by,
        confirmed_at=version.confirmed_at,
        overdue=overdue,
        incident_id=version.incident_id,
        greeting=rules.greeting,
        roles={role.value: [one.value for one in more] for role, more in rules.roles.items()},
    )
