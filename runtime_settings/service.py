"""Changes settings, undoes changes, and makes the newest version hold in this process.

A change is checked first, then stored, then applied. What cannot be applied now, as while the switch is away,
is tried again, and health says so. Changes by other processes are found by polling. Without the database the
values of the last run hold.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from core.actor import Actor, system
from core.audit import TransactionAudit
from core.csv_table import TableReport, report
from core.errors import SonghuaError
from core.ids import uuid7
from core.log import logger
from core.metrics import counter, gauge
from core.operations import OperationReused
from core.second_person import SecondPerson
from core.storage import Storage, StorageAway, Transaction
from core.translation import gettext_lazy as _
from runtime_settings import approval, rights, store
from runtime_settings.copy import ValuesCopy
from runtime_settings.errors import (
    NoSuchSetting,
    NoSuchSettingVersion,
    NoTable,
    NothingToUndo,
    SettingChanged,
    SettingInvalid,
)
from runtime_settings.model import (
    MOST_BYTES,
    MOST_COMMENT,
    PastVersion,
    SettingDifference,
    SettingEffect,
    SettingVersion,
    differences,
    encoded,
)
from runtime_settings.ports import RuntimeSetting, TableSetting

LOOK_EVERY_S: Final = 2.0
MOST_SHOWN: Final = 200
IMPORTER: Final = system("settings-file")
MOST_AUDITED: Final = 20
"""Differences that the audit trail repeats; the versions have all."""

_log = logger("settings")
_changes = counter("setting_changes", "Changes of settings", ["name"])
_behind = gauge("settings_not_applied", "Settings of which the newest version does not hold here")


@dataclass(frozen=True, slots=True)
class SettingState:
    """A setting as it is: its newest version, and why that does not hold here, if it does not."""

    setting: RuntimeSetting
    version: SettingVersion
    fault: str = ""
    file_differs: bool = False
    """The settings file says something else than when it was imported: that is not read again."""


@dataclass(frozen=True, slots=True)
class SettingTrial:
    """What a change would do. `value` is as it would be stored."""

    value: Any
    differences: Sequence[SettingDifference]
    effect: SettingEffect


class RuntimeSettings:
    def __init__(
        self,
        settings: Sequence[RuntimeSetting],
        storage: Storage,
        audit: TransactionAudit,
        copy: ValuesCopy | None,
        *,
        second: SecondPerson | None = None,
        here: bool = True,
    ) -> None:
        """`second` approves what no undo brings back; without it that is refused. `here`: changes take
        effect in this process; a command only stores them.
        """
        self._settings: Mapping[str, RuntimeSetting] = {one.name: one for one in settings}
        self._storage = storage
        self._audit = audit
        self._copy = copy
        self._second = second
        self._here = here
        self._changing = asyncio.Lock()
        self._held: dict[str, tuple[int, Any]] = {}
        """The version and value that holds here, by name; number 0: of the last run, or of the file."""
        self.faults: dict[str, str] = {}
        """Why the newest version of a setting does not hold here."""

    # --- what there is --------------------------------------------------------------------------

    def setting(self, name: str) -> RuntimeSetting:
        """Raises `NoSuchSetting`."""
        found = self._settings.get(name)
        if found is None:
            raise NoSuchSetting(name, remedy="songhua settings list names them")
        return found

    async def states(self) -> list[SettingState]:
        """All settings, in the order in which they are named."""
        return [await self.state(name) for name in self._settings]

    async def state(self, name: str) -> SettingState:
        """Raises `NoSuchSetting`, `StorageAway`."""
        setting = self.setting(name)
        version = await self._newest(setting)
        first = version if version.number == 1 else await self.version(name, 1)
        file_differs = False
        with contextlib.suppress(SettingInvalid, OSError):
            file_differs = await asyncio.to_thread(_says_else, setting, first.value)
        return SettingState(setting, version, self.faults.get(name, ""), file_differs)

    async def number(self, name: str) -> int:
        """The version that holds. Raises `NoSuchSetting`, `StorageAway`."""
        setting = self.setting(name)
        async with self._storage.read() as connection:
            found = await store.newest_number(connection, name)
        return found or (await self._newest(setting)).number

    async def history(self, name: str) -> list[PastVersion]:
        """The newest first, without values. Raises `NoSuchSetting`."""
        await self.number(name)
        async with self._storage.read() as connection:
            return await store.history(connection, name, MOST_SHOWN)

    async def version(self, name: str, number: int) -> SettingVersion:
        """Raises `NoSuchSetting`, `NoSuchSettingVersion`."""
        self.setting(name)
        async with self._storage.read() as connection:
            found = await store.version_of(connection, name, number)
        if found is None:
            raise NoSuchSettingVersion(f"{name} has no version {number}", remedy="songhua settings history")
        return found

    async def trial(self, name: str, value: Any) -> SettingTrial:
        """What the value would do. Raises `NoSuchSetting`, `SettingInvalid`, `StorageAway`."""
        setting = self.setting(name)
        wanted = await self._checked(setting, value)
        now = (await self._newest(setting)).value
        changes = await asyncio.to_thread(differences, now, wanted)
        return SettingTrial(wanted, changes, await setting.effect(now, wanted))

    async def undo_trial(self, name: str, to: int | None = None) -> tuple[SettingVersion, SettingTrial]:
        """The version that an undo would restore, and what that would do. Raises as `undo`."""
        earlier = await self._earlier(name, to)
        return earlier, await self.trial(name, earlier.value)

    # --- changes --------------------------------------------------------------------------------

    async def change(
        self, actor: Actor, name: str, value: Any, *, op_id: UUID, expected: int | None, comment: str = ""
    ) -> SettingVersion:
        """The new version, which holds from now on. A value that already holds makes none.

        `expected` is the version that is thought to hold. Raises `NoSuchSetting`, `SettingInvalid`,
        `SettingChanged`, `OperationReused`, `SecondPersonNeeded`, `StorageAway`; then nothing has changed.
        """
        setting = self.setting(name)
        wanted = await self._checked(setting, value)
        async with self._changing:
            return await self._change(actor, setting, wanted, op_id, expected, comment, None)

    async def undo(
        self,
        actor: Actor,
        name: str,
        *,
        op_id: UUID,
        to: int | None = None,
        expected: int | None = None,
        comment: str = "",
    ) -> SettingVersion:
        """Back to version `to`, or to the one before the newest: its value becomes a new version.

        Raises as `change`; `NothingToUndo`, `NoSuchSettingVersion`; `SettingInvalid` for a value that this
        version of the program, or the switch's settings, no longer take.
        """
        setting = self.setting(name)
        async with self._changing:
            async with self._storage.read() as connection:
                done = await store.by_op(connection, op_id)
            if done is not None and done.restores is not None:
                return _same(done, name, done.value)
            earlier = await self._earlier(name, to)
            wanted = await self._checked(setting, earlier.value)
            return await self._change(actor, setting, wanted, op_id, expected, comment, earlier.number)

    async def import_table(
        self, actor: Actor, name: str, data: bytes, *, op_id: UUID | None, comment: str = ""
    ) -> tuple[TableReport, SettingTrial | None, SettingVersion | None]:
        """Add the rows of a file: what each line does, and what that would do in all. With `op_id` it is
        done, unless a line is refused: then nothing is.

        Raises `NoSuchSetting`, `NoTable`, `TableUnreadable`, `StorageAway`.
        """
        setting = self.setting(name)
        if not isinstance(setting, TableSetting):
            raise NoTable(name, remedy="change it at the desk, or by songhua settings set")
        now = await self._newest(setting)
        table = await asyncio.to_thread(setting.table, data)
        lines, value = await asyncio.to_thread(setting.merged, table, now.value)
        if any(line.act == "refused" for line in lines):
            return report(table, lines, applied=False), None, None
        trial = await self.trial(name, value)
        if op_id is None:
            return report(table, lines, applied=False), trial, None
        made = await self.change(actor, name, value, op_id=op_id, expected=now.number, comment=comment)
        return report(table, lines, applied=True), trial, made

    # --- what holds here ------------------------------------------------------------------------

    async def restore(self) -> None:
        """At start, before any call: what held last, by this machine's copy. Never raises."""
        known = {} if self._copy is None else await asyncio.to_thread(self._copy.load)
        for name, setting in self._settings.items():
            if name not in known:
                continue
            try:
                value = await self._checked(setting, known[name])
            except SettingInvalid as error:
                _log.error("a setting of the copy cannot be used", name=name, error=error.detail)
                continue
            await self._apply(setting, 0, value)

    async def watch(self) -> None:
        """Make newer versions hold, and try again what did not, until cancelled."""
        while True:
            with contextlib.suppress(StorageAway):  # what holds goes on holding
                await self.look()
            await self._storage.clock.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Raises `StorageAway`."""
        async with self._changing:
            async with self._storage.read() as connection:
                newest = await store.numbers(connection)
            for name, setting in self._settings.items():
                held = self._held.get(name)
                if held is not None and newest.get(name) == held[0] and name not in self.faults:
                    continue
                try:
                    version = await self._newest(setting)
                except (SettingInvalid, OSError) as error:
                    self._failed(name, error)
                    continue
                await self._apply(setting, version.number, version.value)

    # --- inside ---------------------------------------------------------------------------------

    async def _checked(self, setting: RuntimeSetting, value: Any) -> Any:
        """As it is stored. In a thread: a city's places take seconds. Raises `SettingInvalid`."""
        return await asyncio.to_thread(_usable, setting, value)

    async def _earlier(self, name: str, to: int | None) -> SettingVersion:
        now = await self._newest(self.setting(name))
        number = now.number - 1 if to is None else to
        if number < 1:
            raise NothingToUndo(name, remedy="it stands as it was first imported")
        return await self.version(name, number)

    async def _newest(self, setting: RuntimeSetting) -> SettingVersion:
        """The settings file's value becomes version 1 when there is none."""
        async with self._storage.read() as connection:
            found = await store.newest(connection, setting.name)
        if found is not None:
            return found
        value = await asyncio.to_thread(_of_file, setting)
        first = SettingVersion(
            setting.name, 1, value, IMPORTER.id, self._storage.clock.now(), setting.section, uuid7()
        )
        packed = await asyncio.to_thread(store.packed, value)
        try:
            async with self._storage.write() as transaction:
                await store.add(transaction.connection, first, packed, [])
        except IntegrityError:  # another process was first
            return await self._newest(setting)
        return first

    async def _change(
        self,
        actor: Actor,
        setting: RuntimeSetting,
        value: Any,
        op_id: UUID,
        expected: int | None,
        comment: str,
        restores: int | None,
    ) -> SettingVersion:
        now = await self._newest(setting)
        packed, changes = await asyncio.to_thread(_to_store, now.value, value)
        allowed = await self._allowed(actor, setting, now, value, changes, op_id, expected)
        version = SettingVersion(
            setting.name, now.number + 1, value, actor.id, self._storage.clock.now(), comment[:MOST_COMMENT],
            op_id, restores,
        )  # fmt: skip
        try:
            async with allowed, self._storage.write() as transaction:
                done = await store.by_op(transaction.connection, op_id)
                if done is not None:
                    return _same(done, setting.name, value)
                active = await store.newest_number(transaction.connection, setting.name)
                if active != now.number or expected not in {None, active}:
                    raise _moved(setting.name, active)
                if now.value == value:
                    return now
                await store.add(transaction.connection, version, packed, changes)
                await self._record(transaction, actor, version, changes)
        except IntegrityError as error:
            raise _moved(setting.name, now.number) from error
        _changes.labels(setting.name).inc()
        _log.info("a setting was changed", name=setting.name, number=version.number, by=actor.id)
        await self._apply(setting, version.number, value)
        return version

    async def _allowed(
        self,
        actor: Actor,
        setting: RuntimeSetting,
        now: SettingVersion,
        value: Any,
        changes: Sequence[SettingDifference],
        op_id: UUID,
        expected: int | None,
    ) -> AbstractAsyncContextManager[None]:
        """Holds the approved request of a change that needs one; entering it raises `SecondPersonNeeded`."""
        free = contextlib.nullcontext()
        if setting.name not in rights.OF_TWO_PERSONS or now.value == value:
            return free
        if expected not in {None, now.number}:
            return free  # it is refused, unless it was done before
        async with self._storage.read() as connection:
            if await store.by_op(connection, op_id) is not None:
                return free
        if (await setting.effect(now.value, value)).undoable:
            return free
        return approval.approved(
            self._second, actor, approval.parameters_of(setting.name, now.number, value, changes)
        )

    async def _record(
        self,
        transaction: Transaction,
        actor: Actor,
        version: SettingVersion,
        found: Sequence[SettingDifference],
    ) -> None:
        detail = {
            "number": version.number,
            "previous": version.number - 1,
            "changes": [one.model_dump(mode="json") for one in found[:MOST_AUDITED]],
            "more": max(0, len(found) - MOST_AUDITED),
            **({} if version.restores is None else {"restores": version.restores}),
        }
        await self._audit.record_in(transaction, actor, "settings.change", f"setting:{version.name}", detail)

    async def _apply(self, setting: RuntimeSetting, number: int, value: Any) -> None:
        if not self._here:
            return
        held = self._held.get(setting.name)
        if held is not None and held[1] == value and setting.name not in self.faults:
            self._held[setting.name] = (number, value)
            return
        try:
            await setting.apply(value)
        except (SonghuaError, OSError) as error:
            self._failed(setting.name, error)
            return
        self._held[setting.name] = (number, value)
        self.faults.pop(setting.name, None)
        _behind.set(len(self.faults))
        if self._copy is not None:
            values = {name: value for name, (_, value) in self._held.items()}
            await asyncio.to_thread(self._copy.save, values)

    def _failed(self, name: str, error: SonghuaError | OSError) -> None:
        said = error.detail or error.title if isinstance(error, SonghuaError) else str(error)
        if self.faults.get(name) != said:
            _log.error("a setting does not hold here", name=name, error=type(error).__name__)
        self.faults[name] = said
        _behind.set(len(self.faults))


def _usable(setting: RuntimeSetting, value: Any) -> Any:
    wanted = setting.checked(value)
    if len(encoded(wanted)) > MOST_BYTES:
        raise SettingInvalid([_("The value is larger than {most} MB.", most=MOST_BYTES >> 20)])
    return wanted


def _of_file(setting: RuntimeSetting) -> Any:
    return _usable(setting, setting.imported())


def _says_else(setting: RuntimeSetting, value: Any) -> bool:
    """Whether the settings file says something else."""
    return bool(setting.checked(setting.imported()) != value)


def _to_store(before: Any, value: Any) -> tuple[bytes, list[SettingDifference]]:
    return store.packed(value), differences(before, value)


def _moved(name: str, active: int) -> SettingChanged:
    return SettingChanged(
        f"{name}: version {active} holds now", remedy="look at it, then decide again", active=active
    )


def _same(done: SettingVersion, name: str, value: Any) -> SettingVersion:
    if done.name != name or done.value != value:
        raise OperationReused
    return done
