"""Floor control: its own link in the role `radio`, and the desks' side in the role `centre`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final

from core.actor import Actor, Role
from core.bus import Bus
from core.clock import SystemClock
from core.room import Health
from core.scopes import Scope
from core.storage import Storage
from field.talkgroups.register import GroupRegister
from gateway.mqtt.credentials import UnitAccounts
from gateway.mqtt.link import MqttLink, Presence
from gateway.mqtt.settings import BrokerSettings
from gateway.settings import RoleName, Settings
from radio_bridge.centre.floor.hearing import Hearing
from radio_bridge.drivers.voice import VoiceNetwork
from radio_bridge.floor import topics
from radio_bridge.floor.members import RegisterMembership
from radio_bridge.floor.messages import GroupState
from radio_bridge.floor.ports import DeskPorts, EmergencyPresses, FloorPorts
from radio_bridge.floor.room import build, build_desk
from radio_bridge.sound.service import Sound
from radio_bridge.talks.service import Talks

if TYPE_CHECKING:
    # The role `radio` serves no pages.
    from fastapi import APIRouter, Request

KEEPALIVE_S: Final = 5
PUBLISH_TIMEOUT_S: Final = 2.0


def floor_link(settings: Settings) -> MqttLink:
    """A session that the broker forgets as soon as it is cut: a button is not pressed later. No report that
    waits for the database holds up a button here, either.
    """
    presence = Presence(topics.presence(settings.tenant))
    return MqttLink(_cut_at_once(settings, "radio"), client_id="songhua-radio-floor", presence=presence)


def desks_link(settings: Settings) -> MqttLink:
    """Says nothing but that the role `centre` is there, and by its last will at once that it is not: then
    nobody at a desk or a telephone stays on the air.
    """
    presence = Presence(topics.desks(settings.tenant))
    return MqttLink(_cut_at_once(settings, "centre"), client_id="songhua-centre-desks", presence=presence)


def _cut_at_once(settings: Settings, role: RoleName) -> BrokerSettings:
    return settings.broker(role).model_copy(
        update={
            "session_expiry_s": 0,
            "keepalive_s": KEEPALIVE_S,
            "publish_timeout_s": PUBLISH_TIMEOUT_S,
            "will_delay_s": 0,
        }
    )


class RadioFloor:
    """Floor control in the role `radio`, as one part: what it says last needs the link that it was started
    with.
    """

    name = "floor"

    def __init__(
        self,
        settings: Settings,
        storage: Storage,
        bus: Bus,
        networks: Mapping[str, VoiceNetwork],
        emergencies: EmergencyPresses,
    ) -> None:
        """`networks` are those that own the floors of their talkgroups, by name."""
        floor = settings.radio.floor
        self._link = floor_link(settings)
        self._register = GroupRegister(storage, bus)
        self._membership = RegisterMembership(self._register, floor)
        ports = FloorPorts(
            link=self._link,
            clock=SystemClock(),
            membership=self._membership,
            networks=networks,
            emergencies=emergencies,
            our_names=lambda: frozenset().union(*(one.our_names for one in networks.values())),
        )
        self._talks = Talks(storage, SystemClock(), token_hex(6))
        self._room = build(floor, ports, tenant=settings.tenant, talks=self._talks)
        self.control = self._room.control
        self.sound = Sound(
            settings.radio.sound,
            self._link,
            self.control,
            networks,
            SystemClock(),
            tenant=settings.tenant,
            patched=self._room.patched.told,
            voice_hang_s=settings.radio.voice_hang_s,
        )
        self._room.wire.tells_by(self.sound.notices)

    async def start(self) -> None:
        await self._register.start()
        await self._talks.start()
        await self._room.start()
        await self.sound.start()
        await self._link.start()

    async def stop(self) -> None:
        await self._room.stop()
        await self.sound.stop()
        await self._link.stop()
        await self._talks.stop()
        await self._register.stop()

    def health(self) -> Sequence[Health]:
        return self._room.health()


class DeskSide:
    """The parts in the role `centre`. Make it before the link starts; `accounts` are those of units."""

    name = "desk-floor"

    def __init__(
        self,
        settings: Settings,
        storage: Storage,
        bus: Bus,
        link: MqttLink,
        current_user: Callable[[Request], Awaitable[Actor]],
    ) -> None:
        self._register = GroupRegister(storage, bus)
        self._membership = RegisterMembership(self._register, settings.radio.floor)
        self._pulse = desks_link(settings)
        self.accounts = UnitAccounts(link, self._membership.hears)
        self._hearing = Hearing(self._membership, self.accounts)
        link.on_connect(self._hearing.connected)
        ports = DeskPorts(link=link, bus=bus, rights=self._membership, current_user=current_user)
        self._room = build_desk(ports, tenant=settings.tenant)
        self.rights = self._membership
        self.desk = self._room.desk
        self.routers: Sequence[APIRouter] = self._room.routers

    def watched_by(self, *watchers: Callable[[str, GroupState | None, str | None], None]) -> None:
        """What follows the floors: each is told a talkgroup's state, and who of ours made its request."""

        def told(group: str, state: GroupState | None) -> None:
            of = state.talker.of if state is not None and state.talker is not None else None
            party = self.desk.party_of(of)
            for watcher in watchers:
                watcher(group, state, party)

        self.desk.watch(told)

    async def start(self) -> None:
        await self._register.start()
        await self._hearing.start()
        await self._pulse.start()

    async def stop(self) -> None:
        await self._pulse.stop()
        await self._hearing.stop()
        await self._register.stop()

    def snapshot(self, viewer: Actor) -> dict[str, Any]:
        """What a desk begins with: every talkgroup's floor."""
        if not viewer.has(Role.DISPATCHER, Role.SUPERVISOR):
            return {}
        known = self._room.desk.floors()
        floors = [one for one in known if viewer.within(Scope.TALKGROUP, one.talkgroup)]
        return {"floors": [one.model_dump(mode="json", exclude={"id", "at"}) for one in floors]}
