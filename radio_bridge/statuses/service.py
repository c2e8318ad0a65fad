"""The table as people edit it, and what crews say through it: applied once to the one job that is meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID, uuid5

from sqlalchemy.exc import IntegrityError

from core.actor import Actor
from core.errors import Conflict, Invalid, NotFound, SonghuaError
from core.log import logger
from core.metrics import counter
from core.storage import Storage
from radio_bridge import operations, rights
from radio_bridge.chain import words
from radio_bridge.chain.watch import Bearers
from radio_bridge.dispatches import store as job_store
from radio_bridge.dispatches.model import Report
from radio_bridge.dispatches.reports import take_report
from radio_bridge.dispatches.service import Dispatches
from radio_bridge.ports import Audit
from radio_bridge.statuses import store
from radio_bridge.statuses.model import (
    MOST_COMMENT,
    Kind,
    Meant,
    Problem,
    Rule,
    Unclear,
    Version,
    about,
    check,
    meant,
)
from radio_bridge.units import store as unit_store
from radio_bridge.units.model import name_key

_log = logger("radio_bridge")
_heard = counter(
    "radio_bridge_field_words", "Statuses and texts of radios by their fate", ["network", "fate"]
)

MOST_LISTED: Final = 200


class StatusesInvalid(Invalid):
    """`problems` says which rule and why."""

    kind: ClassVar[str] = "statuses-invalid"
    title: ClassVar[str] = "The table of statuses cannot be used so"


class NoSuchStatuses(NotFound):
    kind: ClassVar[str] = "no-such-statuses"
    title: ClassVar[str] = "There is no such version of the table of statuses"


class StatusesMovedOn(Conflict):
    kind: ClassVar[str] = "statuses-moved-on"
    title: ClassVar[str] = "Another version of the table of statuses is in force"


@dataclass(frozen=True, slots=True)
class InForce:
    version: Version
    rev: int
    versions: Sequence[Version] = field(default_factory=tuple)


class StatusDesk:
    """What people do. Each may raise `Forbidden` and `StorageAway`."""

    def __init__(self, storage: Storage, audit: Audit | None) -> None:
        self._storage = storage
        self._audit = audit

    async def now(self, actor: Actor) -> InForce:
        """What is in force, and all versions, the newest first."""
        rights.SEE_STATUSES.check(actor)
        async with self._storage.read() as connection:
            number, rev = await store.in_force(connection)
            version = await store.find(connection, number)
            assert version is not None
            return InForce(version, rev, await store.all_versions(connection, MOST_LISTED))

    async def version(self, actor: Actor, number: int) -> Version:
        """Raises `NoSuchStatuses`."""
        rights.SEE_STATUSES.check(actor)
        async with self._storage.read() as connection:
            found = await store.find(connection, number)
        if found is None:
            raise NoSuchStatuses(remedy="see GET /api/dispatch-statuses")
        return found

    async def make(self, actor: Actor, op_id: UUID, rules: Sequence[Rule], comment: str) -> Version:
        """A new version, not yet in force. Asked twice it is one. Raises `StatusesInvalid`, `Conflict`."""
        rights.CHANGE_STATUSES.check(actor)
        refuse(check(rules))
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            connection = transaction.connection
            newest = await store.newest(connection)
            if not await operations.first(transaction, op_id, "make statuses", now):
                found = await store.find(connection, newest)
                assert found is not None
                return found
            made = Version(newest + 1, tuple(rules), comment[:MOST_COMMENT], actor.id, now)
            try:
                await store.add(transaction, made)
            except IntegrityError as error:
                raise StatusesMovedOn("another version was made at this moment") from error
        await self._record(actor, "statuses-make", made.number)
        return made

    async def activate(
        self, actor: Actor, op_id: UUID, number: int, *, expected: int, comment: str
    ) -> InForce:
        """From the next word on; an older number takes back. `expected` is the version that is in force, as
        who activates has seen it.

        Raises `NoSuchStatuses`, `StatusesMovedOn`, `StatusesInvalid` for one that may not be used any more.
        """
        rights.CHANGE_STATUSES.check(actor)
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            connection = transaction.connection
            version = await store.find(connection, number)
            if version is None:
                raise NoSuchStatuses(remedy="see GET /api/dispatch-statuses")
            refuse(check(version.rules))
            if await operations.first(transaction, op_id, f"activate statuses {number}", now):
                current, rev = await store.in_force(connection)
                if current != expected:
                    raise StatusesMovedOn(remedy=f"version {current} is in force; look at it first")
                try:
                    await store.activate(
                        transaction, number, rev=rev + 1, comment=comment[:MOST_COMMENT], by=actor.id, at=now
                    )
                except IntegrityError as error:
                    raise StatusesMovedOn(remedy="somebody else was first; look again") from error
        await self._record(actor, "statuses-activate", number)
        return await self.now(actor)

    async def _record(self, actor: Actor, action: str, number: int) -> None:
        if self._audit is not None:
            await self._audit.record(actor, action, f"statuses:{number}")


def refuse(problems: Sequence[Problem]) -> None:
    """Raises `StatusesInvalid` when there are any."""
    if problems:
        raise StatusesInvalid(
            "; ".join(f"{one.line}: {one.en}" for one in problems[:10]), remedy="mend these rules"
        )


class FieldWords:
    """What a radio network's driver hands over; each returns after commit, and may be called again with the
    same `msg_id`.
    """

    def __init__(self, storage: Storage, dispatches: Dispatches, bearers: Bearers) -> None:
        self._storage = storage
        self._dispatches = dispatches
        self._bearers = bearers

    async def heard(
        self, network: str, address: str, kind: Kind, code: str, *, msg_id: UUID, at: datetime
    ) -> str:
        """A status, button, text or keys from a unit's radio. What became of it: `applied`, `again`,
        `unknown_unit`, `no_rule` (a text is then a text and no word about a job), `no_job`, `unclear`.
        """
        fate, unclear, unit_id = await self._take(network, address, kind, code, msg_id, at)
        _heard.labels(network, fate).inc()
        if fate == "applied" and unit_id:
            await self._dispatches.show(unit_id)
        if unclear is not None and fate == "unclear":
            await self._ask_which(network, address, unclear, msg_id)
        return fate

    async def _take(
        self, network: str, address: str, kind: Kind, code: str, msg_id: UUID, at: datetime
    ) -> tuple[str, Unclear | None, str]:
        async with self._storage.write() as transaction:
            connection = transaction.connection
            units = await unit_store.by_address(connection, network)
            unit_id = units.get(name_key(address), "")
            if not unit_id:
                return "unknown_unit", None, ""
            await unit_store.hear(transaction, unit_id, at=transaction.clock.now(), bearer=network[:16])
            number, _ = await store.in_force(connection)
            version = await store.find(connection, number)
            what = meant(version.rules if version else (), network, kind, code)
            if what is None:
                return "no_rule", None, unit_id
            report_id = uuid5(msg_id, "report")
            if await job_store.was_reported(connection, unit_id, report_id):
                return "again", None, unit_id
            job = about(await job_store.open_jobs(connection, unit_id), what)
            if isinstance(job, Unclear):
                return "unclear", job, unit_id
            if job is None:
                return "no_job", None, unit_id
            report = _report(unit_id, job.dispatch_id, what, report_id, at)
            return await take_report(transaction, self._dispatches.chains, report), None, unit_id

    async def _ask_which(self, network: str, address: str, unclear: Unclear, msg_id: UUID) -> None:
        driver = self._bearers.texts.get(network)
        if driver is None:
            return
        text = words.which_text(unclear.numbers, self._bearers.language, driver.most_characters)
        try:
            await driver.send_short(address, text, ref=uuid5(msg_id, "which"))
        except SonghuaError as error:
            _log.info("a crew was not asked which job it means", network=network, error=error.kind)


def _report(unit_id: str, dispatch_id: UUID, what: Meant, msg_id: UUID, at: datetime) -> Report:
    return Report(unit_id, dispatch_id, what.step, "", "", msg_id, 0, at, bearer="text")
