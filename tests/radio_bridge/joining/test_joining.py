"""A unit's page comes into the conference of a talkgroup that it may hear, with a ticket of one use."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import ManualClock
from core.errors import Forbidden
from core.ids import uuid7
from radio_bridge.floor.ports import FloorRight
from radio_bridge.switch.joining.ports import Switchboard
from radio_bridge.switch.joining.service import MAX_BYTES, Joining
from radio_bridge.switch.joining.tickets import LASTS_S, MOST_OF_A_UNIT, Tickets
from tests.mqtt.fakes import FakeLink

CREW, GROUP = "app:17", "app:daoli"
BOARD = Switchboard("ws://127.0.0.1:8088/ws", "songhua-unit", "a-long-secret")


class Switch:
    """The conferences and the door, and the register beside them."""

    def __init__(self) -> None:
        self.there = True
        self.may = {(GROUP, CREW)}
        self.admitted: list[tuple[str, str, str]] = []
        self.turned_away: list[str] = []

    def right(self, group: str, party: str) -> FloorRight | None:
        return FloorRight(5) if (group, party) in self.may else None

    async def admit(self, channel: str, group: str, party: str) -> None:
        if self.right(group, party) is None:
            raise Forbidden("not a member")
        self.admitted.append((channel, group, party))

    async def turn_away(self, channel: str) -> None:
        self.turned_away.append(channel)


class Page:
    def __init__(self, board: Switchboard | None = BOARD) -> None:
        self.link, self.clock, self.switch = FakeLink(), ManualClock(), Switch()
        self.joining = Joining(
            self.link, self.clock, self.switch, self.switch, self.switch, board, tenant="harbin"
        )

    async def ask(self, unit: str = CREW, group: str = GROUP) -> dict[str, Any]:
        """The answer to a question, which names it."""
        of = uuid7()
        ask = {"msg_id": str(of), "ts": "2026-01-01T00:00:00Z", "talkgroup": group, "schema": "unit.voice/1"}
        await self.say(json.dumps(ask).encode(), unit)
        topic, payload = self.link.published[-1]
        assert topic == f"v1/harbin/unit/{unit}/down/voice"
        answer: dict[str, Any] = json.loads(payload)
        assert UUID(answer["of"]) == of
        return answer

    async def say(self, payload: bytes, unit: str = CREW) -> None:
        await self.link.give(f"v1/harbin/unit/{unit}/up/voice", payload)


async def test_who_may_hear_the_group_gets_a_ticket_that_opens_once() -> None:
    page = Page()
    answer = await page.ask()
    assert (answer["ws_url"], answer["user"], answer["cause"]) == (BOARD.ws_url, "songhua-unit", "")
    await page.joining.at_the_door("PJSIP/songhua-unit-1", answer["ticket"])
    assert page.switch.admitted == [("PJSIP/songhua-unit-1", GROUP, CREW)]
    await page.joining.at_the_door("PJSIP/songhua-unit-2", answer["ticket"])
    assert len(page.switch.admitted) == 1
    assert page.switch.turned_away == ["PJSIP/songhua-unit-2"]


async def test_an_old_ticket_and_a_made_up_one_open_nothing() -> None:
    page = Page()
    answer = await page.ask()
    page.clock.advance(LASTS_S)
    for word in (answer["ticket"], "", "0" * 32, "*", answer["ticket"] + "0"):
        await page.joining.at_the_door("PJSIP/songhua-unit-1", word)
    assert page.switch.admitted == []
    assert len(page.switch.turned_away) == 5


async def test_who_may_not_hear_the_group_gets_none_and_a_right_that_is_gone_by_then_lets_nobody_in() -> None:
    page = Page()
    stranger = await page.ask("app:99")
    assert (stranger["cause"], stranger["ticket"], stranger["password"]) == ("not_a_member", "", "")
    answer = await page.ask()
    page.switch.may.clear()
    await page.joining.at_the_door("PJSIP/songhua-unit-1", answer["ticket"])
    assert (page.switch.admitted, page.switch.turned_away) == ([], ["PJSIP/songhua-unit-1"])


async def test_what_is_not_there_is_said() -> None:
    assert (await Page(board=None).ask())["cause"] == "no_voice"
    page = Page()
    page.switch.there = False
    assert (await page.ask())["cause"] == "switch_away"


@pytest.mark.parametrize("payload", [b"", b"{}", b"\xff", b'{"talkgroup":"#"}', b"x" * (MAX_BYTES + 1)])
async def test_what_is_no_question_is_dropped(payload: bytes) -> None:
    page = Page()
    await page.say(payload)
    assert page.link.published == []


@given(st.binary(max_size=300))
def test_any_bytes_are_no_question_or_one(payload: bytes) -> None:
    asyncio.run(Page().say(payload))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.floats(0, 15)), max_size=60))
def test_in_any_order_a_ticket_opens_at_most_once_and_only_for_its_own_unit(
    acts: list[tuple[int, int, float]],
) -> None:
    tickets, at = Tickets(), 0.0
    given_at: dict[str, tuple[str, float]] = {}
    for count, (unit, act, pause) in enumerate(acts):
        at += pause
        if act < 5:
            word = f"w{count}"
            tickets.give(word, f"app:{unit}", GROUP, at)
            given_at[word] = (f"app:{unit}", at)
            continue
        word = f"w{(act - 5) * len(acts) // 5}"
        ticket = tickets.use(word, at)
        whose, since = given_at.pop(word, ("", 0.0))
        assert (ticket is not None) == (bool(whose) and at < since + LASTS_S)
        if ticket is not None:
            assert ticket.unit == whose


def test_a_unit_that_asks_without_end_has_no_more_tickets_than_it_needs_and_takes_nobody_elses() -> None:
    tickets = Tickets()
    tickets.give("other", "app:18", GROUP, 0)
    for count in range(1000):
        tickets.give(f"w{count}", CREW, GROUP, 1)
    assert len(tickets) == MOST_OF_A_UNIT + 1
    assert tickets.use("w0", 2) is None
    assert tickets.use("w999", 2) is not None
    assert tickets.use("other", 2) is not None
