"""The audit trail: searched page by page, each look a row of it; changes of users and repeated looks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from argon2 import PasswordHasher

from core.actor import Actor, Role
from core.errors import Forbidden, Invalid
from core.storage import Storage
from gateway.settings import WebSettings
from gateway.web.app import WebParts, create
from gateway.web.server import WebServer
from identity.audit.http import router
from identity.audit.model import AuditFilter, cursor
from identity.audit.service import AuditTrail
from identity.model import User
from identity.service import IdentityService
from identity.settings import IdentitySettings
from tests.gateway.unguarded import Unguarded

CHIEF = Actor("chief", "Chief", frozenset({Role.ADMIN}))
LI_NA = Actor("li.na", "李娜", frozenset({Role.AGENT}))


@pytest.fixture
def trail(any_storage: Storage) -> AuditTrail:
    return AuditTrail(any_storage)


async def test_the_list_is_narrowed_by_who_what_on_what_when_and_words(
    trail: AuditTrail, any_storage: Storage
) -> None:
    await trail.record(LI_NA, "listen", "recording:1", {"why": "50% Überlast"})
    await trail.record(CHIEF, "create-user", "user:wang")
    for wanted, found in (
        (AuditFilter(actor="li.na"), ["recording:1"]),
        (AuditFilter(action="create-user"), ["user:wang"]),
        (AuditFilter(subject="recording:1"), ["recording:1"]),
        (AuditFilter(text="RECORDING"), ["recording:1"]),
        (AuditFilter(text="50%"), ["recording:1"]),
        (AuditFilter(text="Überlast"), ["recording:1"]),
        (AuditFilter(text="5_%"), []),
        (AuditFilter(text="no such word"), []),
        (AuditFilter(until=any_storage.clock.now() - timedelta(hours=1)), []),
    ):
        rows = (await trail.page(CHIEF, wanted, limit=100))["rows"]
        assert [row["subject"] for row in rows if row["action"] != "read-audit"] == found, wanted


async def test_a_look_at_the_list_is_a_row_of_it_and_pages_end(trail: AuditTrail) -> None:
    for n in range(5):
        await trail.record(LI_NA, "listen", f"recording:{n}")
    wanted = AuditFilter(action="listen")
    first = await trail.page(CHIEF, wanted, limit=2)
    second = await trail.page(CHIEF, wanted, limit=2, after=first["next"])
    third = await trail.page(CHIEF, wanted, limit=2, after=second["next"])
    subjects = [row["subject"] for page in (first, second, third) for row in page["rows"]]
    assert subjects == [f"recording:{n}" for n in (4, 3, 2, 1, 0)]
    assert third["next"] is None
    looks = (await trail.page(CHIEF, AuditFilter(action="read-audit"), limit=100))["rows"]
    assert [row["detail"]["further"] for row in looks] == [False, True, True, False]
    assert looks[-1]["detail"]["action"] == "listen"


@pytest.mark.parametrize("text", ["x", "!!!!", cursor(2**63), cursor(1)[:-1]])
async def test_a_cursor_that_is_none_is_refused(trail: AuditTrail, text: str) -> None:
    with pytest.raises(Invalid):
        await trail.page(CHIEF, AuditFilter(), limit=1, after=text)


async def test_an_agent_does_not_read_the_list(trail: AuditTrail) -> None:
    with pytest.raises(Forbidden):
        await trail.page(LI_NA, AuditFilter(), limit=1)


async def test_a_page_that_is_read_again_and_again_is_one_look(trail: AuditTrail) -> None:
    for _ in range(3):
        await trail.viewed(LI_NA, "view-case", "case:1")
    await trail.viewed(LI_NA, "view-case", "case:2")
    await trail.viewed(CHIEF, "view-case", "case:1")
    rows = (await trail.page(CHIEF, AuditFilter(action="view-case"), limit=100))["rows"]
    assert [(row["actor"], row["subject"]) for row in rows] == [
        ("chief", "case:1"), ("li.na", "case:2"), ("li.na", "case:1")
    ]  # fmt: skip


async def test_every_change_of_a_user_names_who_did_it(any_storage: Storage) -> None:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    identity = IdentityService(any_storage, IdentitySettings(), hasher=quick)
    at_the_machine = Actor("cli:root", "command line", frozenset({Role.ADMIN}))
    agent = User("wang", "Wang", frozenset({Role.AGENT}))
    await identity.create_user(agent, "songhua-river-2026", by=at_the_machine)
    await identity.change_password("wang", "songhua-river-2027", by=at_the_machine)
    await identity.set_skills(at_the_machine, "wang", {"language:en": 3})
    await identity.switch("wang", active=False, by=at_the_machine)
    rows = await identity.audit_of("user:wang")
    assert [(row["actor"], row["action"]) for row in rows] == [
        ("cli:root", action) for action in ("switch-off", "set-skills", "set-password", "create-user")
    ]
    assert "songhua-river" not in str(rows)


# ---- over HTTP


@pytest.fixture
async def client(storage: Storage, tmp_path: Path) -> AsyncIterator[aiohttp.ClientSession]:
    trail = AuditTrail(storage)
    await trail.record(LI_NA, "listen", "recording:1")

    async def chief() -> Actor:
        return CHIEF

    routes = [router(trail, chief)]
    server = WebServer(create(WebParts(routes, tmp_path, lambda: (), Unguarded())), WebSettings(port=0))
    await server.start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as session:
        yield session
    await server.stop()


async def test_the_route_answers_rows_and_bounds_what_is_asked(client: aiohttp.ClientSession) -> None:
    async with client.get("/api/audit", params={"who": "li.na", "since": "2020-01-01T00:00:00Z"}) as answer:
        [row] = (await answer.json())["rows"]
    assert (row["actor"], row["action"], row["subject"]) == ("li.na", "listen", "recording:1")
    for params in ({"limit": "201"}, {"cursor": "x"}, {"text": "x" * 81}, {"since": "yesterday"}):
        async with client.get("/api/audit", params=params) as answer:
            assert answer.status == 422, params
    async with client.get("/api/audit", params={"since": "0001-01-01T00:00:00+14:00"}) as answer:
        assert answer.status == 200
