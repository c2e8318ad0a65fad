"""People at the desk hear talkgroups in their browser: by the same ticket and the same door as units' pages,
as the party that floor control knows of their requests; in the role `centre` (decision 0205).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from core.actor import Actor
from core.audit import Audit
from core.clock import Clock
from core.errors import Forbidden, Unavailable
from core.metrics import counter
from core.scopes import Scope
from radio_bridge import rights
from radio_bridge.centre.floor.desk import NoSuchTalkgroup
from radio_bridge.floor.model import PERSON
from radio_bridge.switch.joining.leases import ListeningLeases
from radio_bridge.switch.joining.ports import ConferenceDoor, DeskListeningRights, Switchboard
from radio_bridge.switch.joining.tickets import LASTS_S, Tickets, new_word

_asked = counter("radio_bridge_desk_voice_asked", "Desks that asked for a way into a conference", ["answer"])


class NoVoiceForPages(Unavailable):
    kind: ClassVar[str] = "no-voice-for-pages"
    title: ClassVar[str] = "The switch has no account by which pages hear talkgroups"


class ConferenceDoorAway(Unavailable):
    kind: ClassVar[str] = "conference-door-away"
    title: ClassVar[str] = "The switch cannot be reached: nobody hears the talkgroup"


class MayNotListen(Forbidden):
    kind: ClassVar[str] = "may-not-listen"
    title: ClassVar[str] = "You may not listen to this talkgroup"


@dataclass(frozen=True, slots=True)
class DeskTicket:
    """Where the page calls, by which account, and the ticket for one leg that it dials within `lasts_s`."""

    talkgroup: str
    ticket: str = field(repr=False)
    lasts_s: float
    ws_url: str
    user: str
    password: str = field(repr=False)


class DeskListening:
    """Who may listen is decided here, at each ticket and each time that the page repeats that it listens."""

    def __init__(
        self,
        clock: Clock,
        groups: DeskListeningRights,
        door: ConferenceDoor,
        tickets: Tickets,
        leases: ListeningLeases,
        switchboard: Switchboard | None,
        audit: Audit,
    ) -> None:
        self._clock = clock
        self._groups = groups
        self._door = door
        self._tickets = tickets
        self._leases = leases
        self._switchboard = switchboard
        self._audit = audit

    async def ticket(self, actor: Actor, group: str) -> DeskTicket:
        """A way into the talkgroup's conference for one leg of this person's page; audited.

        Raises `NoSuchTalkgroup`, `MayNotListen`, `Forbidden` outside his talkgroups, `NoVoiceForPages`,
        `ConferenceDoorAway`, `StorageAway`.
        """
        await self._check(actor, group)
        board = self._switchboard
        if board is None:
            _asked.labels("no_voice").inc()
            raise NoVoiceForPages(remedy="set [asterisk.unit_pages] and [switch] sip_ws_url")
        if not self._door.there:
            _asked.labels("switch_away").inc()
            raise ConferenceDoorAway(remedy="it is tried again by itself")
        await self._audit.record(actor, "listen", f"talkgroup:{group}")
        word, at = new_word(), self._clock.monotonic()
        self._tickets.give(word, f"{PERSON}{actor.id}", group, at)
        self._leases.extend(actor.id, group, at)
        _asked.labels("ticket").inc()
        return DeskTicket(group, word, LASTS_S, board.ws_url, board.user, board.password)

    def still(self, actor: Actor, groups: Sequence[str]) -> list[str]:
        """The page repeats to which talkgroups it listens; those of them that he may still hear. From the
        others he is sent out, and from all when he may not listen any more: then it raises `Forbidden`.
        """
        at = self._clock.monotonic()
        try:
            rights.LISTEN.check(actor)
        except Forbidden:
            for group in groups:
                self._leases.end(actor.id, group, at)
            raise
        may = []
        for group in groups:
            if actor.within(Scope.TALKGROUP, group) and self._groups.may_monitor(group, actor.roles):
                self._leases.extend(actor.id, group, at)
                may.append(group)
            elif self._leases.holds(actor.id, group, at):
                self._leases.end(actor.id, group, at)
        return may

    async def _check(self, actor: Actor, group: str) -> None:
        rights.LISTEN.check(actor)
        if self._groups.may_monitor(group, actor.roles) is None:
            await self._groups.look_again()
        may = self._groups.may_monitor(group, actor.roles)
        if may is None:
            raise NoSuchTalkgroup(remedy="see GET /api/talkgroups")
        actor.require_within(Scope.TALKGROUP, group)
        if not may:
            _asked.labels("may_not").inc()
            raise MayNotListen(remedy="see the talkgroup's right monitor")
