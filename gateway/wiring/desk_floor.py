"""The desks' side of floor control in the role `centre`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from core.actor import Actor
from core.bus import Bus
from core.clock import SystemClock
from core.storage import Storage
from field.talkgroups.register import GroupRegister
from gateway.mqtt.credentials import UnitAccounts
from gateway.mqtt.link import MqttLink
from gateway.settings import Settings
from radio_bridge.centre.floor.read_permissions import ReadPermissionSync
from radio_bridge.centre.floor.room import build_desk
from radio_bridge.floor.members import RegisterMembership
from radio_bridge.floor.messages import GroupState
from radio_bridge.floor.ports import DeskPorts
from radio_bridge.switch.joining.leases import ListeningLeases

if TYPE_CHECKING:
    # The role `radio` serves no pages.
    from fastapi import APIRouter, Request


from gateway.wiring.floor_links import desks_link


class DeskFloorPart:
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
        self._hearing = ReadPermissionSync(self._membership, self.accounts)
        link.on_connect(self._hearing.connected)
        ports = DeskPorts(link=link, bus=bus, rights=self._membership, current_user=current_user)
        self._room = build_desk(ports, tenant=settings.tenant)
        self.rights = self._membership
        self.leases = ListeningLeases(SystemClock().monotonic())
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
        return self._room.snapshot(viewer)
