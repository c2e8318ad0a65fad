"""The session over HTTP: cookie in, person out; a foreign page can change nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from argon2 import PasswordHasher

from core.actor import Role
from core.storage import Storage
from gateway.settings import WebSettings
from gateway.web.app import WebParts, create
from gateway.web.server import WebServer
from identity.http import CurrentUser, router, router_of_people
from identity.model import User
from identity.service import IdentityService
from identity.settings import IdentitySettings
from tests.gateway.unguarded import Unguarded

PASSWORD = "songhua-river-2026"
PROOF = {"X-Songhua": "1"}


@pytest.fixture
async def address(storage: Storage, tmp_path: Path) -> AsyncIterator[str]:
    settings = IdentitySettings()
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    identity = IdentityService(storage, settings, hasher=quick)
    await identity.create_user(User("chief", "Chief", frozenset({Role.ADMIN})), PASSWORD)
    await identity.create_user(User("li.na", "李娜", frozenset({Role.AGENT})), PASSWORD)
    current = CurrentUser(identity)
    routes = [router(identity, current, settings), router_of_people(identity, current)]
    server = WebServer(create(WebParts(routes, tmp_path, lambda: (), Unguarded())), WebSettings(port=0))
    await server.start()
    yield f"http://127.0.0.1:{server.port}"
    await server.stop()


async def _signed_in(address: str, user: str) -> aiohttp.ClientSession:
    client = aiohttp.ClientSession(address, headers=PROOF, cookie_jar=aiohttp.CookieJar(unsafe=True))
    answer = await client.post("/api/session", json={"user": user, "password": PASSWORD})
    assert answer.status == 200, await answer.text()
    return client


async def test_a_session_says_who_is_there_until_it_ends(address: str) -> None:
    client = await _signed_in(address, "li.na")
    try:
        body = await (await client.get("/api/session")).json()
        assert body["user"] == {"id": "li.na", "name": "李娜", "roles": ["agent"]}
        assert (await client.delete("/api/session")).status == 204
        assert (await client.get("/api/session")).status == 401
    finally:
        await client.close()


async def test_who_signs_in_again_on_a_browser_ends_its_session_of_before(address: str) -> None:
    client = await _signed_in(address, "li.na")
    try:
        before = {cookie.key: cookie.value for cookie in client.cookie_jar if "session" in cookie.key}
        answer = await client.post("/api/session", json={"user": "chief", "password": PASSWORD})
        assert answer.status == 200
        assert (await (await client.get("/api/session")).json())["user"]["id"] == "chief"
        async with aiohttp.ClientSession(address, cookies=before) as thief:
            assert (await thief.get("/api/session")).status == 401
    finally:
        await client.close()


async def test_only_an_admin_adds_people(address: str) -> None:
    new = {"id": "wang", "name": "王", "password": PASSWORD, "roles": ["dispatcher"]}
    agent, admin = await _signed_in(address, "li.na"), await _signed_in(address, "chief")
    try:
        refused = await agent.post("/api/users", json=new)
        assert refused.status == 403
        assert (await refused.json())["type"] == "urn:songhua:problem:forbidden"
        assert (await admin.post("/api/users", json=new)).status == 201
        assert len((await (await admin.get("/api/users")).json())["users"]) == 3
    finally:
        await agent.close()
        await admin.close()


async def test_a_change_without_the_proof_of_our_own_page_is_refused(address: str) -> None:
    async with aiohttp.ClientSession(address) as foreign:
        answer = await foreign.post("/api/session", json={"user": "li.na", "password": PASSWORD})
        assert answer.status == 403


async def test_a_malformed_request_names_the_place_and_not_the_value(address: str) -> None:
    async with aiohttp.ClientSession(address, headers=PROOF) as client:
        answer = await client.post("/api/session", json={"user": "li.na", "password": 7})
        text = await answer.text()
        assert answer.status == 422
        assert answer.content_type == "application/problem+json"
        assert "body/password" in text


async def test_a_body_without_end_is_cut(address: str) -> None:
    async with aiohttp.ClientSession(address, headers=PROOF) as client:
        answer = await client.post("/api/session", data=b"x" * (2 * 1024 * 1024))
        assert answer.status == 413


async def test_every_page_forbids_foreign_scripts(address: str) -> None:
    async with aiohttp.ClientSession(address) as client:
        for path in ("/api/health", "/api/session", "/desk/", "/nowhere"):
            answer = await client.get(path, headers={"Origin": "https://elsewhere.example"})
            policy = answer.headers["Content-Security-Policy"]
            for part in (
                "script-src 'self';",
                "object-src 'none'",
                "base-uri 'none'",
                "frame-ancestors 'none'",
            ):
                assert part in policy, path
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["Cache-Control"] == "no-store"
            assert not [name for name in answer.headers if name.lower().startswith("access-control")]
        assert (await (await client.get("/api/health")).json())["state"] == "up"
