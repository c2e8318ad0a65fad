"""A socket lives as long as its session: signing out, an end, a switch-off and other roles close it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

import pytest

from core.actor import Actor, Role
from core.storage import StorageAway
from gateway.web.live.audience import Audience
from gateway.web.live.hub import Hub
from gateway.web.live.sessions import OpenSessions

LI = Actor("li", "李", frozenset({Role.AGENT}))
CHIEF = Actor("chief", "Chief", frozenset({Role.SUPERVISOR}))


class Known:
    """The sessions that there are, as the room of identities tells them."""

    def __init__(self) -> None:
        self.now: dict[str, Actor] = {"one": LI, "two": CHIEF}
        self.away = False
        self.asked: list[tuple[str, ...]] = []

    async def holders(self, tokens: Collection[str]) -> Mapping[str, Actor]:
        self.asked.append(tuple(tokens))
        if self.away:
            raise StorageAway("no database")
        return {token: self.now[token] for token in tokens if token in self.now}


async def test_an_ended_session_ends_its_sockets_and_no_others() -> None:
    known = Known()
    sessions = OpenSessions(known.holders)
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
    sessions = OpenSessions(known.holders)
    async with sessions.held("two", CHIEF) as ended:
        known.now["two"] = Actor("chief", "Chief", frozenset({Role.AGENT}))
        await sessions.look()
        assert ended.is_set()


async def test_nobody_is_cut_off_because_the_database_is_away_and_nothing_is_asked_without_sockets() -> None:
    known = Known()
    sessions = OpenSessions(known.holders)
    await sessions.look()
    assert known.asked == []
    known.away = True
    async with sessions.held("one", LI) as ended:
        with pytest.raises(StorageAway):
            await sessions.look()
        assert not ended.is_set()


async def test_it_looks_by_itself_within_a_second_also_after_an_outage() -> None:
    known = Known()
    known.away = True
    sessions = OpenSessions(known.holders)
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

    hub = Hub(Audience(lambda _call: frozenset(), lambda _call: False), snapshot)
    ended = asyncio.Event()
    serving = asyncio.create_task(hub.serve(LI, Silent(), ended))
    async with asyncio.timeout(5):
        while not len(hub):
            await asyncio.sleep(0)
        ended.set()
        assert await serving == "the session has ended"
    assert len(hub) == 0
