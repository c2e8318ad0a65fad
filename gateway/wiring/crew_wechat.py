"""The crew's WeChat at the unit's page: the channel of WeChat fills the port of field units."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from citizen.channels.wechat.channel import WeChat
from citizen.channels.wechat.staff.crews import OwnBindingsOfCrews
from citizen.room import CitizenRoom
from core.clock import Clock, SystemClock
from core.link import BrokerLink
from field.wechat.centre.service import CrewWeChat
from field.wechat.ports import BoundWeChat, CrewCode
from gateway.settings import Settings


class WeChatsOfCrews:
    """Fills `field.wechat.ports.CrewWeChats`."""

    def __init__(self, crews: OwnBindingsOfCrews, clock: Clock) -> None:
        self._crews = crews
        self._clock = clock

    async def bound(self, unit_id: str) -> Sequence[BoundWeChat]:
        return [
            BoundWeChat(one.binding_id, one.bound_at, one.silent_since is not None)
            for one in await self._crews.bound(unit_id)
        ]

    async def make_code(self, unit_id: str, op_id: UUID) -> CrewCode:
        code, until = await self._crews.make_code(unit_id, op_id)
        return CrewCode(code, max(0.0, (until - self._clock.now()).total_seconds()))

    async def end(self, unit_id: str, binding_id: UUID) -> None:
        await self._crews.end(unit_id, binding_id)


def crews_may_bind(settings: Settings) -> bool:
    """Whether the account is on for staff."""
    return settings.citizen.wechat.enabled and settings.citizen.wechat.staff.enabled


def crew_wechat(settings: Settings, citizens: CitizenRoom, link: BrokerLink) -> CrewWeChat | None:
    """Make it before the link starts. None where crews bind no WeChat."""
    if not crews_may_bind(settings):
        return None
    clock = SystemClock()
    (channel,) = (one for one in citizens.channels if isinstance(one, WeChat))
    return CrewWeChat(link, clock, WeChatsOfCrews(channel.crews, clock), tenant=settings.tenant)
