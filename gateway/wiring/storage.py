"""The database of a role, and which durable events go to the other roles."""

from __future__ import annotations

from collections.abc import Sequence

from cases.events import ExchangeFormQueued
from cdr.events import ReportMailQueued
from citizen.events import MailQueued, MessageQueued
from core.events import Event
from core.log import logger
from core.metrics import UNKNOWN, gauge
from core.room import Health
from core.storage import Storage, StorageAway, create_engine
from core.tasks import Tasks
from gateway import database
from gateway.settings import RoleName, Settings
from gateway.wiring.sealing import LedgerChain, keys_of

_log = logger("gateway")
_up = gauge("storage_up", "1 while the database answers")
_up.set(UNKNOWN)

LOOK_EVERY_S = 5.0
MAIL = "mail"
"""Where `ReportMailQueued` goes: to the mail server alone, which may be away for days."""

EXCHANGE = "exchange"
"""Where `ExchangeFormQueued` goes: to the receiver of a department alone, which may be away for days."""

SMS = "sms"
"""Where `MessageQueued` goes: to the SMSC alone, which may be away for a day."""

CITIZEN_MAIL = "citizen-mail"
"""Where `MailQueued` goes: to the mail server alone, apart from the reports' mails."""


def open_storage(
    settings: Settings, role: RoleName, shared: Sequence[type[Event]], *, beside: bool = False
) -> Storage:
    """Every durable event goes to this role's bus, a report's mail and a notice by e-mail to the mail server,
    a text message to the SMSC, a form to its department; those in `shared` go to the other roles too.
    `beside` is for commands, which write nothing into a sealed chain without its key.
    """
    beyond = {event.TYPE for event in shared}

    def route(event: Event) -> Sequence[str]:
        if event.TYPE == ReportMailQueued.TYPE:
            return (MAIL,)
        if event.TYPE == MessageQueued.TYPE:
            return (SMS,)
        if event.TYPE == MailQueued.TYPE:
            return (CITIZEN_MAIL,)
        if event.TYPE == ExchangeFormQueued.TYPE:
            return (EXCHANGE,)
        return ("bus", "mqtt") if event.TYPE in beyond else ("bus",)

    return Storage(
        create_engine(settings.storage),
        origin=settings.origin(role),
        leads=role != "centre" or settings.switch.leads,
        switch=settings.own_switch,
        route=route,
        seal_keys=keys_of(settings, needed=beside),
        chain=LedgerChain(),
    )


class StoragePart:
    """The database as a part of the process. One that is away does not keep the calls waiting:
    the role starts and says that it is degraded. One of another schema ends the start.
    """

    name = "storage"

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._away = ""
        self._tasks = Tasks("storage")

    async def start(self) -> None:
        try:
            await self._storage.ping()
            await database.check(self._storage)
        except StorageAway as away:
            self._away = away.remedy
            _log.warning("the database is away at start")
        _up.set(not self._away)
        self._tasks.forever("watch", self._watch)

    async def stop(self) -> None:
        await self._tasks.stop()
        await self._storage.close()

    def health(self) -> Health:
        return Health("storage", "degraded", self._away) if self._away else Health("storage", "up")

    async def _watch(self) -> None:
        while True:
            await self._storage.clock.sleep(LOOK_EVERY_S)
            try:
                await self._storage.ping()
            except StorageAway as away:
                self._away = away.remedy
            else:
                self._away = ""
            _up.set(not self._away)
