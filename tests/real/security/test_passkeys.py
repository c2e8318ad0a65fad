"""A passkey of Chromium's own authenticator: set up by keyboard, signs in, proves nothing for others."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from argon2 import PasswordHasher

from core.actor import Actor, Role
from gateway.settings import WebSettings
from gateway.web import rights as web
from gateway.web.app import WebParts, create
from gateway.web.gate import AccessGate
from gateway.web.server import WebServer
from identity import rights
from identity.account.http import router as account_routes
from identity.account.service import AccountService
from identity.http import CurrentUser, SessionResponses, router
from identity.model import User
from identity.passkeys.http import router as passkey_routes
from identity.passkeys.http import router_of_own
from identity.passkeys.settings import PasskeySettings
from identity.service import IdentityService
from identity.settings import IdentitySettings
from tests.console.page import Page, new_page
from tests.console.seats import fill_in
from tests.console.test_accessibility import faults
from tests.peers.checkout import CHECKOUT
from tests.peers.chromium import ChromiumPeer
from tests.peers.ports import free_port, release
from tests.storage import empty_sqlite

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]

PASSWORD = "songhua-river-2026"  # opens nothing
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip
PROOF = """
(async (options) => {
  const plain = (text) => atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  const bytes = (text) => Uint8Array.from(plain(text), (c) => c.charCodeAt(0));
  options.challenge = bytes(options.challenge);
  options.allowCredentials.forEach((one) => { one.id = bytes(one.id); });
  return JSON.stringify((await navigator.credentials.get({ publicKey: options })).toJSON());
})(%s)
"""


class Desk:
    """The web of the room of identities at `localhost`; administrators must have a second factor."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.address = f"http://localhost:{self.port}"
        self.storage = empty_sqlite(folder / "desk.db")
        settings = IdentitySettings(
            passkeys=PasskeySettings(address=self.address), second_factor_roles=frozenset({Role.ADMIN})
        )
        self.identity = IdentityService(self.storage, settings, hasher=QUICK)
        self.account = AccountService(self.identity, self.storage, settings)
        current = CurrentUser(self.identity)
        answers = SessionResponses(self.identity, settings, current.cookies)
        routes = [
            router(self.identity, current, settings),
            account_routes(self.account, current),
            passkey_routes(self.identity, current, answers),
            router_of_own(self.account, current),
        ]
        gate = AccessGate((*rights.RIGHTS, *web.RIGHTS), current)
        dist = CHECKOUT / "console" / "dist"
        self.server = WebServer(create(WebParts(routes, dist, lambda: (), gate)), WebSettings(port=self.port))

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[aiohttp.ClientSession]:
        jar = aiohttp.CookieJar(unsafe=True)
        base = f"http://127.0.0.1:{self.port}"
        async with aiohttp.ClientSession(base, headers={"X-Songhua": "1"}, cookie_jar=jar) as browser:
            yield browser


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(tmp_path)
    for name, role in (("li.na", Role.AGENT), ("wang", Role.AGENT), ("chief", Role.ADMIN)):
        await made.identity.create_user(User(name, name, frozenset({role})), PASSWORD)
    await made.server.start()
    try:
        yield made
    finally:
        await made.server.stop()
        await made.storage.close()
        release(made.port)


@asynccontextmanager
async def device(chromium: ChromiumPeer, desk: Desk) -> AsyncIterator[Page]:
    """A page at the desk, in a browser with an authenticator of its own."""
    async with new_page(chromium) as page:
        await page.command("WebAuthn.enable")
        await page.command("WebAuthn.addVirtualAuthenticator", options=AUTHENTICATOR)
        await page.open(f"{desk.address}/desk/")
        yield page


async def add_passkey(page: Page) -> list[str]:
    """By keyboard; the recovery codes that are shown."""
    await page.fill("passkey-name", "值班室电脑")
    await page.fill("passkey-password", PASSWORD)
    await page.press("Enter")
    await page.until("!!document.querySelector('[data-testid=passkey-codes]')", "the recovery codes")
    codes = (await page.text("passkey-codes")).split()
    assert len(codes) == 10
    await page.focus("passkey-codes-read")
    await page.press("Enter")
    return codes


async def ticket(browser: aiohttp.ClientSession, user: str) -> str:
    answer = await browser.post("/api/session", json={"user": user, "password": PASSWORD})
    told = await answer.json()
    assert told["next"] == "second-factor", told
    return str(told["ticket"])


async def prove(
    browser: aiohttp.ClientSession, ticket: str, challenge: str, credential: Any
) -> tuple[int, str]:
    body = {"ticket": ticket, "challenge": challenge, "credential": credential}
    answer = await browser.post("/api/session/passkey", json=body)
    return answer.status, "" if answer.status == 200 else str((await answer.json())["type"]).rpartition(":")[
        2
    ]


async def test_a_person_sets_up_a_passkey_and_signs_in_with_it_and_with_nothing_else_than_it(
    desk: Desk, chromium: ChromiumPeer
) -> None:
    async with device(chromium, desk) as page, desk.browser() as browser:
        await fill_in(page, "li.na", PASSWORD)
        await page.until("!!document.querySelector('[data-testid=open-account]')", "the desk")
        await page.focus("open-account")
        await page.press("Enter")
        await page.until("!!document.querySelector('[data-testid=add-passkey]')", "the passkeys")
        codes = await add_passkey(page)
        await page.until_text("passkeys", "值班室电脑")
        assert await faults(page) == []
        await page.focus("sign-out")
        await page.press("Enter")
        await fill_in(page, "li.na", PASSWORD)
        await page.until("!!document.querySelector('[data-testid=sign-in-passkey]')", "the second step")
        assert await faults(page) == []
        await page.focus("sign-in-passkey")
        await page.press("Enter")
        await page.until("!!document.querySelector('[data-testid=open-account]')", "the desk")
        rows = await desk.identity.audit_of("user:li.na")
        assert next(row["detail"]["by"] for row in rows if row["action"] == "sign-in") == "password, passkey"

        # The password alone opens nothing any more; a proof counts once, for who was asked and for no other.
        first = await ticket(browser, "li.na")
        assert (await browser.get("/api/session")).status == 401
        asked = await (await browser.post("/api/session/passkey/begin", json={"ticket": first})).json()
        credential = json.loads(await page.run(PROOF % json.dumps(asked["options"])))
        forged = {**credential, "response": {**credential["response"], "signature": "AAAA"}}
        again = await (await browser.post("/api/session/passkey/begin", json={"ticket": first})).json()
        assert await prove(browser, first, again["challenge"], forged) == (403, "wrong-passkey")
        other = await (await browser.post("/api/session/passkey/begin", json={"ticket": first})).json()
        assert await prove(browser, first, other["challenge"], credential) == (403, "wrong-passkey")
        assert await prove(browser, first, asked["challenge"], credential) == (200, "")
        assert await prove(browser, first, asked["challenge"], credential) == (403, "wrong-passkey")
        recovered = {"ticket": await ticket(browser, "li.na"), "code": codes[0]}
        assert (await browser.post("/api/session/second", json=recovered)).status == 200


async def test_who_must_have_a_second_factor_comes_in_by_a_passkey_and_a_copy_of_it_is_noticed(
    desk: Desk, chromium: ChromiumPeer
) -> None:
    async with device(chromium, desk) as page, desk.browser() as browser:
        await fill_in(page, "chief", PASSWORD)
        await page.until_text("must-set-second-factor", "请先设置第二因素")
        await page.until("!!document.querySelector('[data-testid=add-passkey]')", "the passkeys")
        await add_passkey(page)
        await page.until("!!document.querySelector('[data-testid=open-account]')", "the desk")
        await page.focus("open-account")
        await page.press("Enter")
        await page.until("!!document.querySelector('[data-testid=remove-passkey]')", "the passkey")
        await page.fill("passkey-password", PASSWORD)
        await page.focus("remove-passkey")
        await page.press("Enter")
        await page.until_text("passkeys-trouble", "不能停用")

        # Two answers of one device, the older one last: its count does not rise.
        first = await ticket(browser, "chief")
        answers = []
        for _ in range(2):
            asked = await (await browser.post("/api/session/passkey/begin", json={"ticket": first})).json()
            answers.append(
                (asked["challenge"], json.loads(await page.run(PROOF % json.dumps(asked["options"]))))
            )
        assert await prove(browser, first, *answers[1]) == (200, "")
        assert await prove(browser, await ticket(browser, "chief"), *answers[0]) == (403, "wrong-passkey")

        # Somebody else's proof is nobody's.
        async with device(chromium, desk) as elsewhere:
            await fill_in(elsewhere, "wang", PASSWORD)
            await elsewhere.until("!!document.querySelector('[data-testid=open-account]')", "the desk")
            await elsewhere.focus("open-account")
            await elsewhere.press("Enter")
            await elsewhere.until("!!document.querySelector('[data-testid=add-passkey]')", "the passkeys")
            await add_passkey(elsewhere)
            theirs = await ticket(browser, "wang")
            asked = await (await browser.post("/api/session/passkey/begin", json={"ticket": theirs})).json()
            credential = json.loads(await elsewhere.run(PROOF % json.dumps(asked["options"])))
            mine = await ticket(browser, "chief")
            assert await prove(browser, mine, asked["challenge"], credential) == (403, "wrong-passkey")
            assert await prove(browser, theirs, asked["challenge"], credential) == (200, "")

    await desk.account.reset_second_factor(Actor("chief", "chief"), "wang")
    async with desk.browser() as browser:
        answer = await browser.post("/api/session", json={"user": "wang", "password": PASSWORD})
        assert (await answer.json())["user"]["id"] == "wang"
