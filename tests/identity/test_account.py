"""One's own account over HTTP: password, second factor, sessions; and what an admin does with another's."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pyotp
import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from core.actor import Role
from core.clock import ManualClock
from core.storage import Storage
from gateway.settings import WebSettings
from gateway.web.app import WebParts, create
from gateway.web.server import WebServer
from identity.account import http as account_http
from identity.account.browser import described
from identity.account.service import AccountService
from identity.errors import KeyUnusable
from identity.http import CurrentUser, router
from identity.keys import KeyRing
from identity.model import User
from identity.second import recovery, store, totp
from identity.service import IdentityService
from identity.settings import IdentitySettings
from tests.gateway.unguarded import Unguarded

PASSWORD = "songhua-river-2026"  # opens nothing
NEW = "four-words-not-alike"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class World:
    """The routes of the room behind a web server, people with browsers, and a clock."""

    def __init__(self, storage: Storage, folder: Path) -> None:
        self.clock = ManualClock(datetime(2026, 11, 30, 8, 0, tzinfo=UTC))
        storage.clock = self.clock
        settings = IdentitySettings(second_factor_roles=frozenset({Role.ADMIN}))
        self.identity = IdentityService(storage, settings, hasher=QUICK)
        current = CurrentUser(self.identity)
        account = AccountService(self.identity, storage, settings)
        routes = [
            router(self.identity, current, settings),
            account_http.router(account, current),
            account_http.router_of_others(account, current),
        ]
        app = create(WebParts(routes, folder, lambda: (), Unguarded()))
        self.server = WebServer(app, WebSettings(port=0))
        self.ends = AsyncExitStack()

    async def browser(self, program: str = FIREFOX) -> Browser:
        jar = aiohttp.CookieJar(unsafe=True)
        headers = {"X-Songhua": "1", "User-Agent": program}
        address = f"http://127.0.0.1:{self.server.port}"
        client = await self.ends.enter_async_context(
            aiohttp.ClientSession(address, headers=headers, cookie_jar=jar)
        )
        return Browser(client)

    async def signed_in(self, user: str, password: str = PASSWORD) -> Browser:
        browser = await self.browser()
        status, said = await browser.post("/session", user=user, password=password)
        assert status == 200, said
        return browser

    def code(self, secret: str) -> str:
        return pyotp.TOTP(secret).at(self.clock.now())


class Browser:
    def __init__(self, client: aiohttp.ClientSession) -> None:
        self._client = client

    async def post(self, path: str, **body: Any) -> tuple[int, Any]:
        async with self._client.post(f"/api{path}", json=body) as answer:
            return answer.status, await answer.json() if answer.status != 204 else None

    async def get(self, path: str) -> tuple[int, Any]:
        async with self._client.get(f"/api{path}") as answer:
            return answer.status, await answer.json()

    async def refused(self, path: str, **body: Any) -> str:
        """The kind of the problem."""
        status, said = await self.post(path, **body)
        assert status >= 400, said
        return str(said["type"]).rpartition(":")[2]


@pytest.fixture
async def world(storage: Storage, tmp_path: Path) -> AsyncIterator[World]:
    made = World(storage, tmp_path)
    await made.identity.create_user(User("chief", "陈静", frozenset({Role.ADMIN})), PASSWORD)
    await made.identity.create_user(User("li.na", "李娜", frozenset({Role.AGENT})), PASSWORD)
    await made.server.start()
    try:
        yield made
    finally:
        await made.ends.aclose()
        await made.server.stop()


async def with_second_factor(world: World, browser: Browser) -> tuple[str, list[str]]:
    """The secret and the recovery codes."""
    status, begun = await browser.post("/account/second-factor", password=PASSWORD)
    assert status == 200, begun
    secret = str(begun["secret"])
    status, said = await browser.post("/account/second-factor/confirm", code=world.code(secret))
    assert status == 200, said
    return secret, said["recovery_codes"]


async def test_a_new_password_asks_for_the_old_one_and_ends_the_other_sessions(world: World) -> None:
    here, elsewhere = await world.signed_in("li.na"), await world.signed_in("li.na")
    assert await here.refused("/account/password", old="wrong", new=NEW) == "wrong-password"
    assert await here.refused("/account/password", old=PASSWORD, new="1234567890") == "weak-password"
    assert (await here.post("/account/password", old=PASSWORD, new=NEW))[0] == 200
    assert (await here.get("/session"))[0] == 200
    assert (await elsewhere.get("/session"))[0] == 401
    assert await elsewhere.refused("/session", user="li.na", password=PASSWORD) == "wrong-credentials"
    assert (await world.signed_in("li.na", NEW)) is not None
    audited = [(one["action"], one["actor"]) for one in await world.identity.audit_of("user:li.na")]
    assert ("set-password", "li.na") in audited


async def test_an_open_desk_is_no_place_to_guess_its_owners_password(world: World) -> None:
    here, elsewhere = await world.signed_in("li.na"), await world.signed_in("li.na")
    kinds = [await here.refused("/account/password", old=f"guess {n}", new=NEW) for n in range(9)]
    assert kinds == ["wrong-password"] * 8 + ["too-many-attempts"]
    assert await elsewhere.refused("/account/password", old="guess", new=NEW) == "wrong-password"


async def test_a_code_follows_the_password_and_counts_once(world: World) -> None:
    first = await world.signed_in("li.na")
    secret, _ = await with_second_factor(world, first)
    world.clock.advance(totp.STEP_S)

    browser = await world.browser()
    status, said = await browser.post("/session", user="li.na", password=PASSWORD)
    assert (status, said["next"]) == (200, "second-factor")
    assert (await browser.get("/session"))[0] == 401
    ticket, code = said["ticket"], world.code(secret)
    assert await browser.refused("/session/second", ticket=ticket + "x", code=code) == "sign-in-again"
    assert await browser.refused("/session/second", ticket=ticket, code="000000") == "wrong-code"
    status, session = await browser.post("/session/second", ticket=ticket, code=f"{code[:3]} {code[3:]}")
    assert (status, session["user"]["id"]) == (200, "li.na")
    # Seen over the shoulder: the same code opens nothing more, and an earlier one neither.
    other = await world.browser()
    assert await other.refused("/session/second", ticket=ticket, code=code) == "wrong-code"
    world.clock.advance(301)
    assert await other.refused("/session/second", ticket=ticket, code=world.code(secret)) == "sign-in-again"


async def test_codes_are_not_guessed(world: World) -> None:
    first = await world.signed_in("li.na")
    secret, _ = await with_second_factor(world, first)
    world.clock.advance(totp.STEP_S)
    thief = await world.browser()
    _, said = await thief.post("/session", user="li.na", password=PASSWORD)
    right = world.code(secret)
    wrong = [f"{n:06d}" for n in range(7) if f"{n:06d}" != right][:6]
    kinds = [await thief.refused("/session/second", ticket=said["ticket"], code=one) for one in wrong]
    assert kinds == ["wrong-code"] * 5 + ["too-many-attempts"]
    assert world.identity.signing_in.watch.current is not None


async def test_a_recovery_code_opens_once_and_new_ones_take_the_place_of_all(world: World) -> None:
    first = await world.signed_in("li.na")
    secret, codes = await with_second_factor(world, first)
    assert len(codes) == recovery.COUNT
    assert len(set(codes)) == recovery.COUNT
    browser = await world.browser()
    _, said = await browser.post("/session", user="li.na", password=PASSWORD)
    assert (await browser.post("/session/second", ticket=said["ticket"], code=codes[0].lower()))[0] == 200
    assert await browser.refused("/session/second", ticket=said["ticket"], code=codes[0]) == "wrong-code"
    assert (await browser.get("/account"))[1]["second_factor"]["recovery_codes_left"] == 9
    world.clock.advance(totp.STEP_S)
    proof = {"password": PASSWORD, "code": world.code(secret)}
    _, renewed = await browser.post("/account/recovery-codes", **proof)
    assert set(renewed["recovery_codes"]).isdisjoint(codes)
    assert await browser.refused("/session/second", ticket=said["ticket"], code=codes[1]) == "wrong-code"


async def test_the_second_factor_stands_until_the_next_one_is_confirmed_and_needs_proof_to_go(
    world: World, storage: Storage
) -> None:
    first, elsewhere = await world.signed_in("li.na"), await world.signed_in("li.na")
    assert await first.refused("/account/second-factor/confirm", code="123456") == "no-second-factor"
    secret, _ = await with_second_factor(world, first)
    assert (await elsewhere.get("/session"))[0] == 401
    status, begun = await first.post("/account/second-factor", password=PASSWORD)
    assert status == 200
    async with storage.read() as connection:
        kept = repr((await connection.execute(store.factors.select())).all())
    assert secret not in kept
    assert begun["secret"] not in kept
    assert await first.refused("/account/second-factor/confirm", code="000000") == "wrong-code"
    world.clock.advance(totp.STEP_S)
    wrong = {"password": PASSWORD, "code": world.code(begun["secret"])}
    assert await first.refused("/account/second-factor/remove", **wrong) == "wrong-code"
    proof = {"password": PASSWORD, "code": world.code(secret)}
    assert (await first.post("/account/second-factor/remove", **proof))[0] == 204
    assert (await first.get("/account"))[1]["second_factor"]["on"] is False
    assert await first.refused("/account/second-factor/remove", **proof) == "no-second-factor"


async def test_who_must_have_a_second_factor_sets_it_up_before_all_else(world: World) -> None:
    chief = await world.signed_in("chief")
    assert (await chief.get("/session"))[1]["must_set_second_factor"] is True
    assert (await chief.get("/account"))[1]["second_factor"]["required"] is True
    status, said = await chief.get("/users/li.na/sessions")
    assert (status, said["type"]) == (403, "urn:songhua:problem:second-factor-missing")
    secret, _ = await with_second_factor(world, chief)
    assert (await chief.get("/users/li.na/sessions"))[0] == 200
    assert "must_set_second_factor" not in (await chief.get("/session"))[1]
    world.clock.advance(totp.STEP_S)
    proof = {"password": PASSWORD, "code": world.code(secret)}
    assert await chief.refused("/account/second-factor/remove", **proof) == "second-factor-kept"


async def test_sessions_are_listed_with_place_and_program_and_ended(world: World) -> None:
    first, second, third = [await world.signed_in("li.na") for _ in range(3)]
    listed = (await first.get("/account/sessions"))[1]["sessions"]
    assert [one["is_this"] for one in listed].count(True) == 1
    assert {one["address"] for one in listed} == {"127.0.0.1"}
    assert {one["program"] for one in listed} == {"Firefox, Linux"}
    theirs = (await second.get("/account/sessions"))[1]["sessions"]
    name = next(one["session_id"] for one in theirs if one["is_this"])
    assert await first.refused("/account/sessions/end", password="wrong", sessions=[name]) == "wrong-password"
    assert (await first.post("/account/sessions/end", password=PASSWORD, sessions=[name]))[1] == {"ended": 1}
    assert (await second.get("/session"))[0] == 401
    assert (await third.get("/session"))[0] == 200
    assert (await first.post("/account/sessions/end", password=PASSWORD))[1] == {"ended": 1}
    assert (await third.get("/session"))[0] == 401
    assert (await first.get("/session"))[0] == 200


async def test_an_admin_resets_a_second_factor_and_ends_sessions_and_it_is_audited(world: World) -> None:
    agent, chief = await world.signed_in("li.na"), await world.signed_in("chief")
    await with_second_factor(world, agent)
    await with_second_factor(world, chief)
    assert await agent.refused("/users/chief/second-factor/reset") == "forbidden"
    assert (await chief.post("/users/li.na/second-factor/reset"))[0] == 204
    assert (await agent.get("/session"))[0] == 401
    assert await chief.refused("/users/li.na/second-factor/reset") == "no-second-factor"
    again = await world.signed_in("li.na")
    assert (await chief.post("/users/li.na/sessions/end"))[1] == {"ended": 1}
    assert (await again.get("/session"))[0] == 401
    audited = {one["action"]: one["actor"] for one in await world.identity.audit_of("user:li.na")}
    assert audited["reset-second-factor"] == audited["end-sessions"] == "chief"


RFC_6238 = [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"),
            (2000000000, "279037"), (20000000000, "353130")]  # fmt: skip
"""Appendix B, SHA-1: the last six of eight digits."""


@pytest.mark.parametrize(("at", "code"), RFC_6238)
def test_codes_are_those_of_the_standard_and_valid_for_a_step_beside(at: int, code: str) -> None:
    secret = base64.b32encode(b"12345678901234567890").decode()
    moment = datetime.fromtimestamp(at, UTC)
    assert totp.step_of(secret, code, moment) == at // 30
    assert totp.step_of(secret, code, moment + timedelta(seconds=30)) == at // 30
    assert totp.step_of(secret, code, moment + timedelta(seconds=90)) is None


@given(st.text(max_size=70))
def test_any_text_is_a_code_or_none(text: str) -> None:
    secret = base64.b32encode(b"12345678901234567890").decode()
    step = totp.step_of(secret, text, datetime(2026, 1, 1, tzinfo=UTC))
    assert step is None or len(text) == 6
    digest = recovery.digest(text)
    assert digest is None or len(digest) == 32


def test_a_picture_is_square_and_within_itself() -> None:
    drawn = totp.picture(totp.uri(totp.new_secret(), "li.na"))
    places = [piece.split("h")[0].split(" ") for piece in drawn.path.split("M")[1:]]
    assert all(4 <= int(x) < drawn.size - 4 and 4 <= int(y) < drawn.size - 4 for x, y in places)


async def test_a_secret_opens_with_the_key_that_sealed_it_and_for_its_owner_alone(
    storage: Storage, tmp_path: Path
) -> None:
    file = tmp_path / "identity.key"
    keys = await KeyRing(storage, file).keys()
    assert file.stat().st_mode & 0o777 == 0o600
    sealed = keys.seal("second factor", "li.na", b"secret")
    assert (await KeyRing(storage, file).keys()).open("second factor", "li.na", sealed) == b"secret"
    kept = await KeyRing(storage, None).keys()
    assert (await KeyRing(storage, None).keys()).tag("x", "y") == kept.tag("x", "y")
    for other, owner in ((kept, "li.na"), (keys, "chief")):
        with pytest.raises(KeyUnusable, match="another key"):
            other.open("second factor", owner, sealed)
    file.write_text("no key\n")
    with pytest.raises(KeyUnusable, match="holds no key"):
        await KeyRing(storage, file).keys()


async def test_a_key_that_cannot_be_read_keeps_nobody_out_who_has_no_second_factor(
    world: World, storage: Storage, tmp_path: Path
) -> None:
    known = await world.signed_in("li.na")
    file = tmp_path / "identity.key"
    file.write_text("no key\n")
    world.identity.signing_in.ring = KeyRing(storage, file)
    for browser in (known, await world.browser()):
        assert (await browser.post("/session", user="li.na", password=PASSWORD))[0] == 200
        assert (await browser.get("/account"))[0] == 200


def test_programs_are_named_as_people_know_them() -> None:
    assert (
        described("Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/140 Safari/537 Edg/140")
        == "Edge, Windows"
    )
    assert described("Mozilla/5.0 (Linux; Android 14) Chrome/140 MicroMessenger/8.0") == "WeChat, Android"
    assert described("curl/8.1") == "curl/8.1"
    assert described("") == ""
