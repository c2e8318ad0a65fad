"""The desks' live link: who sees which event, what a desk begins with, and whose session is open."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter

from cases import desk as cases_desk
from cases.room import CasesRoom
from cdr.room import CdrRoom
from core.actor import Actor
from core.bus import Bus
from core.clock import SystemClock
from core.events import Event
from core.listening import Addresses
from core.room import ServicePart
from field.centre import desk as units_desk
from field.centre.room import FieldRoom
from gateway.settings import WebSettings
from gateway.web.live import http
from gateway.web.live.audience import Audience
from gateway.web.live.crowd import ConnectedPeople
from gateway.web.live.hub import Hub
from gateway.web.live.pages import Pages
from gateway.web.live.sessions import OpenSessions, SessionHolder
from gateway.wiring.desk_floor import DeskFloorPart
from gateway.wiring.scope_filter import ScopeFilter
from gateway.wiring.web import DeskSnapshot
from hotline import desk as hotline_desk
from hotline.service import Hotline
from identity.room import IdentityRoom


@dataclass(frozen=True, slots=True)
class LiveRooms:
    """The rooms that a desk follows."""

    people: IdentityRoom
    hotline: Hotline
    cases: CasesRoom
    cdr: CdrRoom
    units: FieldRoom
    floor: DeskFloorPart


class LiveDesks:
    """Subscribes to every event: make it before the bus starts."""

    def __init__(self, settings: WebSettings, bus: Bus, rooms: LiveRooms) -> None:
        self._settings = settings
        self._rooms = rooms
        self._sessions = OpenSessions(self._holders, SystemClock())
        board = rooms.hotline.board
        self._pages = Pages(rooms.hotline.registry.page_seen)
        self._hub = Hub(
            Audience(board.agents_on, board.is_confidential),
            self._snapshot(),
            self._pages,
            ScopeFilter(rooms.hotline.figures.view),
            editing=rooms.cases.editing,
            crowd=ConnectedPeople(of_person=settings.desks_per_person, of_address=settings.desks_per_address),
        )
        bus.subscribe(Event, self._hub.publish, name="live")

    @property
    def parts(self) -> Sequence[ServicePart]:
        return (self._pages, self._sessions)

    async def show(self, event: Event) -> None:
        """To the desks alone: nothing of this centre acts upon it."""
        await self._hub.publish(event)

    def router(self) -> APIRouter:
        """The WebSocket `/live`."""
        token_of = self._rooms.people.current_user.token_of
        trusted = Addresses(self._settings.trusted_proxies)
        return http.router(self._hub, self._viewer, token_of, self._sessions, trusted)

    async def _holders(self, tokens: Collection[str]) -> Mapping[str, SessionHolder]:
        held = await self._rooms.people.service.live_sessions(tokens)
        now = self._rooms.people.current_user.as_now
        return {token: SessionHolder(now(one.actor()), one.expires_at) for token, one in held.items()}

    async def _viewer(self, token: str | None) -> Actor:
        people = self._rooms.people
        viewer = people.current_user.as_now((await people.service.session(token)).actor())
        await self._rooms.hotline.people.desk_opened(viewer)
        return viewer

    def _snapshot(self) -> DeskSnapshot:
        return DeskSnapshot(
            {
                "identity": self._attacks,
                "hotline": self._live_calls,
                "cases": self._cases,
                "incidents": self._incidents,
                "mode": self._mode,
                "drafts": self._drafts,
                "suggestions": self._suggestions,
                "units": self._units,
                "floors": self._floors,
            }
        )

    async def _live_calls(self, viewer: Actor) -> dict[str, Any]:
        hotline, cdr = self._rooms.hotline, self._rooms.cdr
        state = hotline_desk.desk_state(hotline, viewer)
        if not state:
            return {}
        own = [call.call_id for call in hotline.board.calls() if viewer.id in call.agent_ids]
        pauses = cdr.pauses.told_to(viewer)
        return {
            **state,
            "segments": await cdr.service.live_segments(viewer, own),
            "pauses": [pause.model_dump(mode="json") for pause in pauses],
        }

    async def _attacks(self, viewer: Actor) -> dict[str, Any]:
        people = self._rooms.people
        return {
            "attacks": [one.model_dump(mode="json") for one in people.attacks.listed(viewer)],
            "rights_alarms": [one.model_dump(mode="json") for one in people.oversight.alarms.listed(viewer)],
        }

    async def _cases(self, viewer: Actor) -> dict[str, Any]:
        return await cases_desk.open_cases(self._rooms.cases, viewer)

    async def _drafts(self, viewer: Actor) -> dict[str, Any]:
        return cases_desk.drafts(self._rooms.cases, viewer, self._rooms.hotline.board.agents_on)

    async def _incidents(self, viewer: Actor) -> dict[str, Any]:
        return await cases_desk.incidents(self._rooms.cases, viewer)

    async def _mode(self, viewer: Actor) -> dict[str, Any]:
        return cases_desk.mode(self._rooms.cases, viewer)

    async def _suggestions(self, viewer: Actor) -> dict[str, Any]:
        return cases_desk.suggestions(self._rooms.cases, viewer, self._rooms.hotline.board.agents_on)

    async def _floors(self, viewer: Actor) -> dict[str, Any]:
        return self._rooms.floor.snapshot(viewer)

    async def _units(self, viewer: Actor) -> dict[str, Any]:
        return await units_desk.desk_state(self._rooms.units, viewer)
