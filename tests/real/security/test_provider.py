"""Sign-in by a real OpenID provider, npm's oidc-provider: who is let in, who is not, and when it is away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pyotp
import pytest
import pytest_asyncio
from argon2 import PasswordHasher

import identity.oidc.provider
from core.actor import Role
from core.storage import Storage
from gateway.settings import WebSettings
from gateway.web import rights as web
from gateway.web.app import WebParts, create
from gateway.web.gate import AccessGate
from gateway.web.server import WebServer
from identity import rights
from identity.http import CurrentUser, router
from identity.model import BREAK_GLASS, User
from identity.oidc.http import router as provider_routes
from identity.oidc.service import ProviderSignIn
from identity.oidc.settings import OidcSettings
from identity.second import store as factors
from identity.second.service import PURPOSE
from identity.service import IdentityService
from identity.settings import IdentitySettings
from tests.console.page import new_page
from tests.console.test_accessibility import faults
from tests.peers.checkout import CHECKOUT
from tests.peers.chromium import ChromiumPeer
from tests.peers.oidc import CALLBACK, CLIENT, SECRET, OidcPeer, lacking, through
from tests.peers.ports import free_port, release
from tests.storage import empty_sqlite

pytestmark = [
    pytest.mark.real,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(bool(lacking()), reason=lacking()),
]

PASSWORD = "songhua-river-2026"  # opens nothing
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PEOPLE = {
    "li.na": Role.AGENT,
    "chief": Role.ADMIN,
    "off": Role.AGENT,
    "careful": Role.AGENT,
    "ma": Role.AGENT,
}
ACCOUNTS = {
    **{
        name: {"preferred_username": name, "name": name, "groups": ["lines"]}
        for name in (*PEOPLE, "stranger", BREAK_GLASS)
    },
    "chief": {"preferred_username": "chief", "name": "陈静", "groups": ["heads", "lines"]},
    "double": {"preferred_username": "li.na", "name": "李娜", "groups": ["lines"]},
    "nobody": {"preferred_username": "nobody", "name": "无", "groups": ["others"]},
}
ROLES = {"lines": [Role.AGENT], "heads": [Role.ADMIN]}
Browser = aiohttp.ClientSession


class Desk:
    """The web of the room of identities, with settings of its own, on the provider's port of this desk."""

    def __init__(self, storage: Storage, provider: OidcPeer, port: int, **more: Any) -> None:
        told = {"issuer": provider.issuer, "client_id": CLIENT, "client_secret": SECRET, "name": "市统一认证"}
        settings = IdentitySettings(oidc=OidcSettings(**{**told, "timeout_s": 2, **more}))
        self.identity = IdentityService(storage, settings, hasher=QUICK)
        self.storage = storage
        signing_in = ProviderSignIn(self.identity, storage, settings.oidc)
        current = CurrentUser(self.identity)

        async def sign_out_at(address: str) -> str:
            return await signing_in.end_session(f"{address}/desk/")

        routes = [router(self.identity, current, settings, sign_out_at), provider_routes(signing_in, current)]
        gate = AccessGate((*rights.RIGHTS, *web.RIGHTS), current)
        app = create(WebParts(routes, CHECKOUT / "console" / "dist", lambda: (), gate))
        self.server = WebServer(app, WebSettings(port=port))
        self.address = f"http://127.0.0.1:{port}"

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[Browser]:
        jar = aiohttp.CookieJar(unsafe=True)
        async with Browser(headers={"X-Songhua": "1"}, cookie_jar=jar) as browser:
            yield browser

    async def begin(self, browser: Browser) -> str:
        """Where the provider's button leads."""
        answer = await browser.get(f"{self.address}/api/session/provider", allow_redirects=False)
        assert answer.status == 303
        return answer.headers["Location"]

    async def sign_in(self, browser: Browser, login: str) -> str:
        """What the desk's address says after the way to the provider and back."""
        back = await through(browser, await self.begin(browser), login)
        return await self.arrive(browser, back)

    async def arrive(self, browser: Browser, back: str) -> str:
        answer = await browser.get(back, allow_redirects=False)
        assert answer.status == 303
        return answer.headers["Location"].removeprefix("/desk/#")

    async def who(self, browser: Browser) -> dict[str, Any]:
        return dict(await (await browser.get(f"{self.address}/api/session")).json())


class World:
    """A provider, and desks that send people there."""

    def __init__(self, folder: Path) -> None:
        self.ports = [free_port() for _ in range(3)]
        desks = [f"http://127.0.0.1:{port}" for port in self.ports]
        self.provider = OidcPeer(folder, ACCOUNTS, desks)
        self.storage = empty_sqlite(folder / "desk.db")
        self.given_here = Desk(self.storage, self.provider, self.ports[0])
        self.by_claim = Desk(
            self.storage, self.provider, self.ports[1], roles=ROLES, create=True, password_roles=[Role.ADMIN]
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    made = World(tmp_path_factory.mktemp("provider"))
    people = made.given_here.identity
    for name, role in PEOPLE.items():
        await people.create_user(User(name, name, frozenset({role})), PASSWORD)
    await people.switch("off", active=False)
    made.provider.start()
    for desk in (made.given_here, made.by_claim):
        await desk.server.start()
    try:
        yield made
    finally:
        for desk in (made.given_here, made.by_claim):
            await desk.server.stop()
        made.provider.close()
        for port in made.ports:
            release(port)
        await made.storage.close()


async def test_who_is_known_here_signs_in_and_is_the_same_person_the_next_time(world: World) -> None:
    desk = world.given_here
    for _ in range(2):
        async with desk.browser() as browser:
            assert await desk.sign_in(browser, "li.na") == "signed-in"
            assert (await desk.who(browser))["user"] == {"id": "li.na", "name": "li.na", "roles": ["agent"]}
            out = await browser.delete(f"{desk.address}/api/session")
            there = (await out.json())["sign_out_at"]
            assert there.startswith(f"{world.provider.issuer}/session/end?client_id={CLIENT}&post_logout")
            assert (await browser.get(f"{desk.address}/api/session")).status == 401
            assert (await browser.get(there)).status == 200
    actions = [row["action"] for row in await desk.identity.audit_of("user:li.na")]
    assert actions.count("link-user") == 1


async def test_who_takes_the_name_of_somebody_else_at_the_provider_is_refused(world: World) -> None:
    desk = world.given_here
    async with desk.browser() as own, desk.browser() as other:
        assert await desk.sign_in(own, "li.na") == "signed-in"
        assert await desk.sign_in(other, "double") == "sign-in=provider-refused"


async def test_who_is_unknown_or_switched_off_is_refused_and_it_is_written_down(world: World) -> None:
    desk = world.given_here
    for login in ("stranger", "off", BREAK_GLASS):
        async with desk.browser() as browser:
            assert await desk.sign_in(browser, login) == "sign-in=provider-refused"
            assert (await browser.get(f"{desk.address}/api/session")).status == 401
    failed = [row["detail"] for row in await desk.identity.audit_of("user:?")]
    assert {one["why"] for one in failed} >= {"stranger is not a user here", "off is switched off here"}


async def test_a_way_back_counts_once_and_in_the_browser_that_began_it(world: World) -> None:
    desk = world.given_here
    async with desk.browser() as victim, desk.browser() as attacker:
        # The attacker's own way back, brought to the victim, does not sign the victim in as the attacker.
        back = await through(attacker, await desk.begin(attacker), "ma")
        assert await desk.arrive(victim, back) == "sign-in=provider-refused"
        await desk.begin(victim)
        assert await desk.arrive(victim, back) == "sign-in=provider-refused"
        # A code with the right browser counts once, and not with another issuer's name or without a code.
        kept = {cookie.key: cookie.value for cookie in attacker.cookie_jar}
        assert (
            await desk.arrive(attacker, back.replace("iss=http", "iss=https")) == "sign-in=provider-refused"
        )
        attacker.cookie_jar.update_cookies(kept)
        assert await desk.arrive(attacker, back) == "signed-in"
        attacker.cookie_jar.update_cookies(kept)
        assert await desk.arrive(attacker, back) == "sign-in=provider-refused"
        for forged in ("", "?state=x&code=y", "?error=access_denied&state=x"):
            told = await desk.arrive(victim, f"{desk.address}{CALLBACK}{forged}")
            assert told == "sign-in=provider-refused"


async def test_new_people_come_with_the_roles_of_their_groups_and_lose_them_there(world: World) -> None:
    desk = world.by_claim
    async with desk.browser() as browser:
        assert await desk.sign_in(browser, "stranger") == "signed-in"
        assert (await desk.who(browser))["user"] == {"id": "stranger", "name": "stranger", "roles": ["agent"]}
    async with desk.browser() as browser:
        assert await desk.sign_in(browser, "nobody") == "sign-in=provider-refused"
    async with desk.browser() as browser:
        assert await desk.sign_in(browser, "chief") == "signed-in"
        assert (await desk.who(browser))["user"]["roles"] == ["admin", "agent"]


async def test_the_own_second_factor_is_asked_for_after_the_provider(world: World) -> None:
    desk = world.given_here
    secret = pyotp.random_base32()
    sealed = (await desk.identity.signing_in.ring.keys()).seal(PURPOSE, "careful", secret.encode())
    async with desk.storage.write() as transaction:
        now = desk.storage.clock.now()
        await factors.put_pending(transaction.connection, "careful", sealed, now)
        await factors.activate(transaction.connection, "careful", 1, now)
    async with desk.browser() as browser:
        told = await desk.sign_in(browser, "careful")
        assert told.startswith("second=")
        assert (await browser.get(f"{desk.address}/api/session")).status == 401
        body = {"ticket": told.removeprefix("second="), "code": pyotp.TOTP(secret).now()}
        assert (await browser.post(f"{desk.address}/api/session/second", json=body)).status == 200
        assert (await desk.who(browser))["user"]["id"] == "careful"


async def test_a_provider_with_new_keys_and_one_that_is_away(
    world: World, chromium: ChromiumPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity.oidc.provider, "KEYS_AGAIN_S", 0.0)
    desk, closed = world.given_here, world.by_claim
    world.provider.stop()
    async with desk.browser() as browser:
        # The way there is known; the way back needs the provider.
        away = Desk(world.storage, world.provider, world.ports[2])
        await away.server.start()
        try:
            assert (await away.begin(browser)) == "/desk/#sign-in=provider-away"
            async with new_page(chromium) as page:
                await page.open(f"{away.address}/desk/")
                await page.until_text("sign-in-provider", "用市统一认证登录")
                assert await faults(page) == []
                await page.focus("sign-in-provider")
                await page.press("Enter")
                await page.until_text("sign-in-trouble", "统一认证没有回应")
                await page.fill("sign-in-user", "li.na")
                await page.fill("sign-in-password", PASSWORD)
                await page.press("Enter")
                await page.until("!!document.querySelector('[data-testid=open-account]')", "the desk")
        finally:
            await away.server.stop()
        body = {"user": "li.na", "password": PASSWORD}
        refused = await browser.post(f"{closed.address}/api/session", json=body)
        assert (refused.status, (await refused.json())["type"].rpartition(":")[2]) == (
            403,
            "password-not-here",
        )
        admin = {"user": "chief", "password": PASSWORD}
        assert (await browser.post(f"{closed.address}/api/session", json=admin)).status == 200
    world.provider.start(kid="second")
    async with desk.browser() as browser:
        assert await desk.sign_in(browser, "ma") == "signed-in"


async def test_a_person_signs_in_by_the_provider_by_keyboard(world: World, chromium: ChromiumPeer) -> None:
    desk = Desk(world.storage, world.provider, world.ports[2])
    await desk.server.start()
    try:
        async with new_page(chromium) as page:
            await page.open(f"{desk.address}/desk/")
            await page.focus("sign-in-provider")
            await page.press("Enter")
            await page.until("!!document.querySelector('input[name=login]')", "the provider's page")
            await page.run("document.querySelector('input[name=login]').value = 'li.na'")
            await page.run("document.querySelector('input[name=password]').value = 'any'")
            await page.run("document.querySelector('form').submit()")
            await page.until("!!document.querySelector('[data-testid=open-account]')", "the desk")
            assert "#" not in await page.run("location.href")
    finally:
        await desk.server.stop()
