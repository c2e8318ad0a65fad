"""What units say by status code or text, by the active table of status codes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid5

from core.errors import SonghuaError
from core.log import logger
from core.metrics import counter
from core.storage import Storage
from field.contract.names import name_key
from field.delivery import words
from field.delivery.radio.watch import Bearers
from field.dispatches import store as job_store
from field.dispatches.model import UnitReportEntry
from field.dispatches.radio.service import Dispatches
from field.dispatches.reports import take_report
from field.statuses import store
from field.statuses.model import (
    Kind,
    Meant,
    Unclear,
    about,
    meant,
)
from field.units import store as unit_store

_log = logger("field")

_heard = counter("field_driver_reports", "Statuses and texts of radios by their fate", ["network", "fate"])


class DriverReports:
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
            return await take_report(transaction, self._dispatches.delivery_service, report), None, unit_id

    async def _ask_which(self, network: str, address: str, unclear: Unclear, msg_id: UUID) -> None:
        driver = self._bearers.texts.get(network)
        if driver is None:
            return
        text = words.which_text(unclear.numbers, self._bearers.language, driver.most_characters)
        try:
            await driver.send_short(address, text, ref=uuid5(msg_id, "which"))
        except SonghuaError as error:
            _log.info("a crew was not asked which job it means", network=network, error=error.kind)


def _report(unit_id: str, dispatch_id: UUID, what: Meant, msg_id: UUID, at: datetime) -> UnitReportEntry:
    return UnitReportEntry(unit_id, dispatch_id, what.step, "", "", msg_id, 0, at, bearer="text")
