"""Shared code of the field commands: the register in the database, and the broker's accounts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from cases.dispatch.whereabouts import CaseLookup
from core.actor import Actor, Role
from core.errors import SonghuaError, Unavailable
from core.events import Event
from core.ids import uuid7
from core.storage import Storage
from field.delivery.centre.log import DeliveryLog
from field.delivery.centre.phone import CrewPhone
from field.delivery.service import DeliveryService
from field.emergency.centre.service import EmergencyService
from field.events import TalkgroupChanged
from field.statuses.centre.service import StatusTableService
from field.talkgroups.centre.service import Talkgroups
from field.talkgroups.register import GroupRegister
from field.units.centre.enrolment.service import UnitEnrolments
from field.units.centre.service import UnitRegister
from field.units.nearest.service import NearestUnits
from gateway.commands.common import run
from gateway.commands.field_words import PROBLEMS
from gateway.commands.spoken import refuse
from gateway.machine_user import machine_user
from gateway.mqtt.credentials import UnitAccounts
from gateway.mqtt.link import MqttLink
from gateway.settings import Settings
from gateway.wiring.case_places import PlacesOfCases
from gateway.wiring.storage import open_storage
from identity.service import IdentityService
from radio_bridge.centre.floor.desk import DeskFloor
from radio_bridge.centre.floor.events import FloorChanged
from radio_bridge.floor.members import RegisterMembership

T = TypeVar("T")

CONNECT_S = 10.0
SETTLED_S = 0.5


class Nobody:
    """A bus of a command: what is durable goes by the outbox, what is live is seen at the next look."""

    def publish(self, event: Event) -> None:
        """Do nothing: no desk listens to a command."""

    async def deliver(self, event: Event) -> None:
        """Do nothing: a command has no subscribers."""

    def subscribe(
        self, event_type: type[Any], handler: Callable[[Any], Awaitable[None]], *, name: str
    ) -> None:
        """Do nothing: no event is delivered in a command."""


_BY_SERVICE = "use the commands of `songhua unit`, which reach the broker"


class _NoBroker:
    """For commands that only look and describe: they need no account at the broker."""

    async def issue(self, uid: str, *, devices: Any = ()) -> str:
        del devices
        raise Unavailable(f"no broker to give {uid} an account", remedy=_BY_SERVICE)

    async def withdraw(self, uid: str) -> None:
        raise Unavailable(f"no broker to take {uid}'s account from", remedy=_BY_SERVICE)


@dataclass(frozen=True, slots=True)
class CommandContext:
    """What a command works on."""

    register: UnitRegister
    enrolments: UnitEnrolments
    talkgroups: Talkgroups
    deliveries: DeliveryLog
    nearest: NearestUnits
    statuses: StatusTableService
    crew_phone: CrewPhone
    emergencies: EmergencyService
    people: IdentityService
    storage: Storage


@asynccontextmanager
async def opened(
    settings: Settings, *, broker: bool = False, told: Sequence[type[Event]] = ()
) -> AsyncIterator[CommandContext]:
    """The register as the centre has it; with `broker`, connected there under the account of the centre.
    `told` are further events that other roles hear of.
    """
    storage = open_storage(settings, "centre", (TalkgroupChanged, *told), beside=True)
    try:
        if not broker:
            yield _field(settings, storage, _NoBroker())
            return
        link = _own_link(settings)
        register = GroupRegister(storage, Nobody())
        await register.read()
        members = RegisterMembership(register, settings.radio.floor)
        accounts = UnitAccounts(link, members.hears)
        await link.start()
        try:
            await link.wait_connected(CONNECT_S)
            yield _field(settings, storage, accounts)
        finally:
            await link.stop()
    finally:
        await storage.close()


def _field(settings: Settings, storage: Storage, accounts: Any) -> CommandContext:
    people = IdentityService(storage, settings.identity)
    audit, bus = people.audit, Nobody()
    register = UnitRegister(storage, bus, accounts, audit)
    return CommandContext(
        register,
        UnitEnrolments(storage, register, audit, minutes=settings.field.enrolment_minutes),
        Talkgroups(storage, bus, CaseLookup(storage), audit),
        DeliveryLog(storage),
        NearestUnits(storage, PlacesOfCases(CaseLookup(storage)), settings.field.skills),
        StatusTableService(storage, audit),
        CrewPhone(
            storage, bus, DeliveryService(settings.field.escalation.rules(), settings.field.skills), audit
        ),
        EmergencyService(storage, audit),
        people,
        storage,
    )


def operator() -> Actor:
    """Whoever may read the settings and the database of this machine."""
    roles = frozenset({Role.SUPERVISOR, Role.DISPATCHER, Role.ADMIN})
    return Actor(f"cli:{machine_user()}"[:64], "command line", roles)


def with_field(
    settings: Settings, work: Callable[[CommandContext], Awaitable[T]], language: str, *, broker: bool = False
) -> T:
    """Do the work; an error of ours ends the command with exit code 1, in this language."""

    async def do() -> T:
        async with opened(settings, broker=broker) as field:
            return await work(field)

    return in_words(do, language)


def in_words(do: Callable[[], Awaitable[T]], language: str) -> T:
    """Run it; an error of ours ends the command with exit code 1, in this language."""

    async def doing() -> T:
        try:
            return await do()
        except SonghuaError as error:
            said = PROBLEMS.get(error.kind)
            if said is None:
                raise
            refuse(said.in_language(language))
        except asyncio.CancelledError:
            raise

    return run(doing())


async def floors_now(settings: Settings) -> Sequence[FloorChanged]:
    """Every talkgroup's floor, as the broker keeps what floor control told last. Raises `Unavailable`."""
    storage = open_storage(settings, "centre", (), beside=True)
    try:
        register = GroupRegister(storage, Nobody())
        await register.read()
        members = RegisterMembership(register, settings.radio.floor)
        link = _own_link(settings)
        desk = DeskFloor(link, Nobody(), members, tenant=settings.tenant)
        await link.start()
        try:
            await link.wait_connected(CONNECT_S)
            # What the broker keeps comes right after the subscription; nothing says which one is the last.
            await asyncio.sleep(SETTLED_S)
            return desk.floors()
        finally:
            await link.stop()
    finally:
        await storage.close()


def _own_link(settings: Settings) -> MqttLink:
    """A session of its own, gone with the command: that of the running service is not pushed out."""
    account = settings.broker("centre").model_copy(update={"session_expiry_s": 0})
    return MqttLink(account, client_id=f"songhua-cli-{uuid7()}")
