"""A person at the desk hears a talkgroup in the browser while the right lasts and the page repeats it."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from core.actor import Actor, Role
from core.clock import ManualClock
from core.errors import Forbidden
from core.scopes import Scopes
from radio_bridge.centre.floor.desk import NoSuchTalkgroup
from radio_bridge.switch.joining import leases
from radio_bridge.switch.joining.desk import ConferenceDoorAway, DeskListening, MayNotListen, NoVoiceForPages
from radio_bridge.switch.joining.leases import ListeningLeases
from radio_bridge.switch.joining.ports import Switchboard
from radio_bridge.switch.joining.tickets import LASTS_S, Tickets

GROUP, OTHER_GROUP = "app:daoli", "app:nangang"
BOARD = Switchboard("ws://127.0.0.1:8088/ws", "songhua-unit", "a-long-secret")
WANG = Actor("wang.fang", "王芳", frozenset({Role.DISPATCHER}))


class Audit:
    def __init__(self) -> None:
        self.rows: list[tuple[str, str, str]] = []

    async def record(self, actor: Actor, action: str, subject: str, detail: object = None) -> None:
        self.rows.append((actor.id, action, subject))


class Desk:
    def __init__(self, board: Switchboard | None = BOARD) -> None:
        self.there = True
        self.clock, self.tickets, self.audit = ManualClock(), Tickets(), Audit()
        self.leases = ListeningLeases(self.clock.monotonic())
        self.may: dict[str, bool] = {GROUP: True, OTHER_GROUP: False}
        self.made: dict[str, bool] = {}
        self.listening = DeskListening(self.clock, self, self, self.tickets, self.leases, board, self.audit)

    def may_monitor(self, group: str, roles: Collection[Role]) -> bool | None:
        return self.may.get(group)

    async def look_again(self) -> None:
        self.may |= self.made

    async def turn_away(self, channel: str) -> None:
        raise AssertionError(channel)

    def holds(self, group: str = GROUP) -> bool:
        return self.leases.holds(WANG.id, group, self.clock.monotonic())


async def test_who_may_monitor_gets_a_ticket_for_one_leg_as_himself_and_it_is_audited() -> None:
    desk = Desk()
    found = await desk.listening.ticket(WANG, GROUP)
    assert (found.ws_url, found.user, found.lasts_s) == (BOARD.ws_url, BOARD.user, LASTS_S)
    assert desk.audit.rows == [(WANG.id, "listen", f"talkgroup:{GROUP}")]
    entry = desk.tickets.use(found.ticket, desk.clock.monotonic())
    assert entry is not None
    assert (entry.unit, entry.group) == ("user:wang.fang", GROUP)
    assert found.ticket not in repr(found)
    assert found.password not in repr(found)


@pytest.mark.parametrize(
    ("actor", "group", "refusal"),
    [
        (WANG, "app:nowhere", NoSuchTalkgroup),
        (WANG, OTHER_GROUP, MayNotListen),
        (Actor("li.na", "李娜", frozenset({Role.AGENT})), GROUP, Forbidden),
        (Actor(WANG.id, "", WANG.roles, Scopes(talkgroups=frozenset({"app:x"}))), GROUP, Forbidden),
    ],
)
async def test_who_may_not_hear_the_group_gets_none(
    actor: Actor, group: str, refusal: type[Exception]
) -> None:
    desk = Desk()
    with pytest.raises(refusal):
        await desk.listening.ticket(actor, group)
    assert (len(desk.tickets), desk.audit.rows) == (0, [])


async def test_a_group_that_was_made_this_moment_is_known() -> None:
    desk = Desk()
    desk.made["app:case-1"] = True
    assert (await desk.listening.ticket(WANG, "app:case-1")).talkgroup == "app:case-1"


async def test_what_is_not_there_is_said() -> None:
    with pytest.raises(NoVoiceForPages):
        await Desk(board=None).listening.ticket(WANG, GROUP)
    desk = Desk()
    desk.there = False
    with pytest.raises(ConferenceDoorAway):
        await desk.listening.ticket(WANG, GROUP)


async def test_a_page_that_repeats_itself_goes_on_listening_and_a_silent_one_does_not() -> None:
    desk = Desk()
    desk.clock.advance(leases.LASTS_S)
    assert not desk.holds()
    await desk.listening.ticket(WANG, GROUP)
    for _ in range(5):
        desk.clock.advance(leases.LASTS_S / 2)
        assert desk.listening.still(WANG, [GROUP]) == [GROUP]
        assert desk.holds()
    desk.clock.advance(leases.LASTS_S)
    assert not desk.holds()


async def test_a_right_that_is_taken_away_ends_the_listening_and_does_not_come_for_the_asking() -> None:
    desk = Desk()
    await desk.listening.ticket(WANG, GROUP)
    desk.may[GROUP] = False
    assert desk.listening.still(WANG, [GROUP, OTHER_GROUP, "app:nowhere"]) == []
    assert not desk.holds()


async def test_who_loses_the_role_hears_nothing_more() -> None:
    desk = Desk()
    await desk.listening.ticket(WANG, GROUP)
    with pytest.raises(Forbidden):
        desk.listening.still(Actor(WANG.id, WANG.name, frozenset({Role.AGENT})), [GROUP])
    assert not desk.holds()


def test_what_ends_in_the_first_minute_stays_ended_and_is_bounded() -> None:
    kept = ListeningLeases(0.0)
    for count in range(leases.MOST * 2):
        kept.end(WANG.id, f"app:{count}", 1.0)
        assert not kept.holds(WANG.id, f"app:{count}", 1.0)
    assert not any(kept.holds(WANG.id, f"app:{count}", 1.0) for count in range(leases.MOST * 2))
    assert len(kept) <= leases.MOST


def test_after_a_restart_legs_stay_until_their_pages_had_time_to_speak() -> None:
    kept = ListeningLeases(100.0)
    assert kept.holds(WANG.id, GROUP, 101.0)
    assert not kept.holds(WANG.id, GROUP, 100.0 + leases.LASTS_S)


def test_leases_are_bounded_and_old_ones_make_room() -> None:
    kept = ListeningLeases(0.0)
    for count in range(leases.MOST + 10):
        kept.extend(f"u{count}", GROUP, 0.0)
    assert not kept.holds(f"u{leases.MOST + 5}", GROUP, leases.LASTS_S + 1)
    kept.extend("new", GROUP, leases.LASTS_S + 1)
    assert kept.holds("new", GROUP, leases.LASTS_S + 2)
