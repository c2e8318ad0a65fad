"""A socket lives as long as its session: signing out, an end, a switch-off and other roles close it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.actor import Actor, Role
from core.clock import ManualClock
from core.scopes import Scopes
from core.storage import StorageAway
from gateway.web.live.audience import Audience
from gateway.web.live.hub import Hub
from gateway.web.live.pages import Pages
from gateway.web.live.sessions import OpenSessions, SessionHolder

LI = Actor("li", "李", frozenset({Role.AGENT}))
CHIEF = Actor("chief", "Chief", frozenset({Role.SUPERVISOR}))
AN_HOUR = timedelta(hours=1)


class Known:
    """The sessions that there are, as the room of identities tells them. `answer` is waited for."""

    def __init__(self) -> None:
        self.clock = ManualClock(datetime(2026, 11, 30, tzinfo=UTC))
        until = self.clock.now() + AN_HOUR
        self.now = {"one": SessionHolder(LI, until), "two": SessionHolder(CHIEF, until)}
        self.away = False
        self.asked: list[tuple[str, ...]] = []
        self.answer = asyncio.Event()
        self.answer.set()

    async def holders(self, tokens: Collection[str]) -> Mapping[str, SessionHolder]:
        self.asked.append(tuple(tokens))
        await self.answer.wait()
        if self.away:
            raise StorageAway("no database")
        return {token: self.now[token] for token in tokens if token in self.now}

    def watch(self) -> OpenSessions:
        return OpenSessions(self.holders, self.clock)


async def test_an_ended_session_ends_its_sockets_and_no_others() -> None:
    known = Known()
    sessions = known.watch()
    async with (
        sessions.held("one", LI) as first,
        sessions.held("one", LI) as second,
        sessions.held("two", CHIEF) as other,
    ):
        await sessions.look()
        assert [one.is_set() for one in (first, second, other)] == [False, False, False]
        del known.now["one"]
        await sessions.look()
        assert [one.is_set() for one in (first, second, other)] == [True, True, False]
    assert known.asked[-1] == ("one", "two")


async def test_other_roles_end_a_socket_that_was_opened_with_those_before() -> None:
    known = Known()
    sessions = known.watch()
    async with sessions.held("two", CHIEF) as ended:
        agent = Actor("chief", "Chief", frozenset({Role.AGENT}))
        known.now["two"] = SessionHolder(agent, known.now["two"].until)
        await sessions.look()
        assert ended.is_set()


async def test_other_scopes_end_a_socket_and_its_desk_begins_anew() -> None:
    known = Known()
    sessions = known.watch()
    async with sessions.held("two", CHIEF) as ended:
        await sessions.look()
        assert not ended.is_set()
        limited = replace(CHIEF, scopes=Scopes(queues=frozenset({"hotline"})))
        known.now["two"] = SessionHolder(limited, known.now["two"].until)
        await sessions.look()
        assert ended.is_set()


async def test_who_opens_a_socket_while_the_others_are_looked_up_keeps_it() -> None:
    known = Known()
    sessions = known.watch()
    async with sessions.held("one", LI) as first:
        known.answer.clear()
        looking = asyncio.create_task(sessions.look())
        while not known.asked:
            await asyncio.sleep(0)
        async with sessions.held("two", CHIEF) as late:
            known.answer.set()
            await looking
            assert not first.is_set()
            assert not late.is_set()


async def test_while_the_database_is_away_a_session_is_served_until_its_end_and_no_longer() -> None:
    known = Known()
    sessions = known.watch()
    async with sessions.held("one", LI) as ended:
        await sessions.look()
        known.away = True
        known.clock.advance(AN_HOUR.total_seconds() - 1)
        await sessions.look()
        assert not ended.is_set()
        known.clock.advance(1)
        await sessions.look()
        assert ended.is_set()


async def test_nothing_is_asked_without_sockets() -> None:
    known = Known()
    await known.watch().look()
    assert known.asked == []


async def test_it_looks_by_itself_also_after_an_outage() -> None:
    known = Known()
    known.away = True
    sessions = known.watch()
    await sessions.start()
    try:
        async with sessions.held("one", LI) as ended, asyncio.timeout(5):
            while len(known.asked) < 2:
                await asyncio.sleep(0.01)
            known.away = False
            del known.now["one"]
            await ended.wait()
    finally:
        await sessions.stop()


async def test_the_hub_serves_no_longer_than_the_session() -> None:
    class Silent:
        async def send_text(self, data: str) -> None:
            del data

        async def receive_text(self) -> str:
            await asyncio.Event().wait()
            return ""

    async def snapshot(viewer: Actor) -> dict[str, Any]:
        return {"me": viewer.id}

    hub = Hub(
        Audience(lambda _call: frozenset(), lambda _call: False),
        snapshot,
        Pages(lambda _person, _there: None),
    )
    ended = asyncio.Event()
    serving = asyncio.create_task(hub.serve(LI, Silent(), ended))
    async with asyncio.timeout(5):
        while not len(hub):
            await asyncio.sleep(0)
        ended.set()
        assert await serving == "the session has ended"
    assert len(hub) == 0
