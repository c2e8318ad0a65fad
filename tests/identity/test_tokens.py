"""API tokens: what a program may do with one, and when it may nothing any more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from core.actor import Role
from core.bearer import api_token
from core.clock import ManualClock
from core.scopes import NO_LIMIT, Scopes, scopes_of
from core.storage import Storage
from gateway.web import rights as web
from gateway.web.app import WebParts, create
from gateway.web.gate import AccessGate
from identity import rights
from identity.account.http import router as account_routes
from identity.account.service import AccountService
from identity.audit.http import router as audit_routes
from identity.break_glass.store import give_account
from identity.errors import BadToken, TooManyTokens
from identity.http import CurrentUser, router, router_of_people
from identity.model import BREAK_GLASS, User
from identity.service import IdentityService
from identity.settings import IdentitySettings
from identity.store import users
from identity.tokens import store
from identity.tokens.http import router as token_routes
from identity.tokens.http import router_of_own
from identity.tokens.model import READS, WantedToken, narrowed, new_secret
from identity.tokens.settings import TokenSettings

PASSWORD = "songhua-river-2026"  # opens nothing
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
OPERATIONS = frozenset(one for line in rights.RIGHTS for one in line.operations if line.by_token)
ADMINS = frozenset({Role.ADMIN, Role.SUPERVISOR})


class World:
    def __init__(self, storage: Storage, folder: Path, **settings: Any) -> None:
        self.clock = ManualClock(datetime(2026, 11, 30, 8, 0, tzinfo=UTC))
        storage.clock = self.clock
        self.storage = storage
        self.told = told = IdentitySettings(tokens=TokenSettings(most=3, **settings))
        self.identity = IdentityService(storage, told, hasher=QUICK)
        current = CurrentUser(self.identity)
        routes = [
            router(self.identity, current, told),
            router_of_people(self.identity, current),
            account_routes(AccountService(self.identity, storage, told), current),
            router_of_own(self.identity, OPERATIONS, current, told.tokens),
            token_routes(self.identity, OPERATIONS, current),
            audit_routes(self.identity.audit, current),
        ]
        gate = AccessGate((*rights.RIGHTS, *web.RIGHTS), current)
        app = create(WebParts(routes, folder, lambda: (), gate))
        transport = httpx.ASGITransport(app=app, client=("10.0.0.9", 5), raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://songhua/api")

    async def ask(self, token: str, method: str, path: str, **more: Any) -> httpx.Response:
        """As a program does: without cookies, without the header that our pages send."""
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **more)

    async def token(self, user: str = "chief", **wanted: Any) -> str:
        actor = (await self.identity.user("chief")).actor()
        return (await self.identity.tokens.make(actor, WantedToken(user, "report", **wanted), OPERATIONS))[0]

    async def kind(self, token: str) -> str:
        answer = await self.ask(token, "GET", "/session")
        return "" if answer.status_code == 200 else str(answer.json()["type"]).rpartition(":")[2]

    def later(self, seconds: float = 6) -> None:
        """What is held in memory is looked up anew."""
        self.clock.advance(seconds)


@pytest.fixture
async def world(storage: Storage, tmp_path: Path) -> AsyncIterator[World]:
    made = World(storage, tmp_path)
    await made.identity.create_user(User("chief", "陈静", ADMINS), PASSWORD)
    await made.identity.create_user(User("li.na", "李娜", frozenset({Role.AGENT})), PASSWORD)
    async with made.client:
        yield made


async def test_a_program_acts_for_its_owner_without_cookie_and_header_and_is_named_in_the_trail(
    world: World,
) -> None:
    token = await world.token()
    said = (await world.ask(token, "GET", "/session")).json()
    assert said["user"]["id"] == "chief"
    assert said["token"].startswith("report (")
    body = {"op_id": "01890000-0000-7000-8000-000000000001", "skills": {"language:en": 3}}
    changed = await world.ask(token, "POST", "/users/li.na/skills", json=body)
    assert changed.status_code == 200, changed.text
    row = next(one for one in await world.identity.audit_of("user:li.na") if one["action"] == "set-skills")
    assert (row["actor"], row["detail"]["by_token"]) == ("chief", said["token"])
    used = next(one for one in await world.identity.audit_of("user:chief") if one["action"] == "use-token")
    assert used["detail"] == {"token": said["token"], "address": "10.0.0.9"}
    # The next request, of a person, is not told as the token's.
    await world.identity.sign_in("chief", PASSWORD)
    assert (await world.client.post("/session", json={})).status_code == 403
    await world.identity.audit.record((await world.identity.user("chief")).actor(), "look", "thing:1")
    assert (await world.identity.audit_of("thing:1"))[0]["detail"] == {}


async def test_a_token_stands_nowhere_but_with_its_program(world: World) -> None:
    token = await world.token()
    async with world.storage.read() as connection:
        rows = (await connection.execute(select(store.tokens))).all()
    assert token.encode() not in repr(rows).encode()
    assert token not in (await world.ask(token, "GET", "/audit")).text


async def test_a_token_of_fewer_roles_scopes_and_operations_does_no_more(world: World) -> None:
    supervisor = await world.token(roles=frozenset({Role.SUPERVISOR}))
    assert (await world.ask(supervisor, "GET", "/users")).status_code == 403
    assert (await world.ask(supervisor, "GET", "/audit")).status_code == 200
    reader = await world.token(operations=READS)
    assert (await world.ask(reader, "GET", "/users")).status_code == 200
    refused = await world.ask(reader, "POST", "/users/li.na/skills", json={})
    assert (refused.status_code, "not for POST" in refused.json()["detail"]) == (403, True)
    one = await world.token(operations=("GET /api/audit",), scopes=Scopes(queues=frozenset({"hotline"})))
    assert [(await world.ask(one, "GET", path)).status_code for path in ("/audit", "/users")] == [200, 403]
    assert (await world.identity.session(one)).actor().scopes.queues == {"hotline"}


async def test_no_token_touches_an_account_or_makes_another_token(world: World) -> None:
    token = await world.token()
    new = {"password": PASSWORD, "name": "next", "user": "chief"}
    for method, path, body in (
        ("GET", "/account", None),
        ("POST", "/account/password", {"old": PASSWORD, "new": "four-words-not-alike"}),
        ("POST", "/tokens", new),
        ("POST", "/account/tokens", new),
        ("GET", "/tokens", None),
    ):
        answer = await world.ask(token, method, path, json=body)
        assert (answer.status_code, "no API token" in answer.text) == (403, True), path


async def test_with_a_token_a_cookie_counts_nothing_and_a_token_is_no_cookie(world: World) -> None:
    cookie, _ = await world.identity.sign_in("chief", PASSWORD)
    agent = await world.token("li.na")
    sent = {"Cookie": f"songhua_session={cookie}"}
    assert (await world.ask(agent, "GET", "/users", headers=sent)).status_code == 403
    assert (await world.ask("sgh_wrong", "GET", "/session", headers=sent)).status_code == 401
    as_cookie = {"Cookie": f"songhua_session={await world.token()}"}
    assert (await world.client.get("/session", headers=as_cookie)).status_code == 401
    # Nor is the proof of our own pages left out for anything else that is called Bearer.
    foreign = {**sent, "Authorization": "Bearer abc"}
    assert (await world.client.post("/audit", headers=foreign)).status_code == 403


async def test_a_token_ends_with_its_time_its_revocation_its_owner_and_its_roles(world: World) -> None:
    chief = (await world.identity.user("chief")).actor()
    short = await world.token(days=1)
    assert await world.kind(short) == ""
    world.later(timedelta(days=1).total_seconds())
    assert await world.kind(short) == "token-over"

    revoked = await world.token()
    assert await world.kind(revoked) == ""
    newest = (await world.identity.tokens.listed("chief"))[0]
    assert (newest.address, newest.used_at) == ("10.0.0.9", world.clock.now())
    await world.identity.tokens.revoke(chief, [newest.token_id])
    world.later()
    assert await world.kind(revoked) == "token-over"
    assert await world.identity.live_sessions([revoked, short]) == {}

    agents = await world.token("li.na")
    assert await world.kind(agents) == ""
    await world.identity.switch("li.na", active=False)
    assert await world.kind(agents) == "token-over"
    await world.identity.switch("li.na", active=True)
    assert await world.kind(agents) == "token-over"

    roles = await world.token()
    assert set(await world.identity.live_sessions([roles])) == {roles}
    async with world.storage.write() as transaction:
        await transaction.connection.execute(
            update(users).where(users.c.id == "chief").values(roles=["supervisor"])
        )
    assert await world.kind(roles) == "token-over"
    assert await world.identity.live_sessions([roles]) == {}
    refused = [one for one in await world.identity.audit_of("user:chief") if one["action"] == "token-refused"]
    assert len(refused) == 3


async def test_guesses_are_counted_and_limited_and_a_right_token_counts_among_them(world: World) -> None:
    token = await world.token()
    kinds = [await world.kind(new_secret()) for _ in range(40)]
    assert kinds.count("unauthenticated") == 30
    assert kinds[30:] == ["too-many-attempts"] * 10
    assert await world.kind(token) == ""
    attack = world.identity.signing_in.watch.current
    assert attack is not None
    assert attack.failures + attack.refused == 40


async def test_what_a_token_may_be_is_checked_when_it_is_made(world: World) -> None:
    await world.identity.set_scopes(
        (await world.identity.user("chief")).actor(), "li.na", {"queue": ["hotline"]}
    )
    for wrong in (
        {"roles": frozenset({Role.ADMIN})},
        {"scopes": scopes_of({"queue": ["other"]})},
        {"operations": ("GET /api/nothing",)},
        {"operations": ("POST /api/tokens",)},
        {"days": 366},
        {"days": 0},
    ):
        with pytest.raises(BadToken):
            await world.token("li.na", **wrong)
    async with world.storage.write() as transaction:
        await give_account(transaction.connection, frozenset({Role.AGENT}), "x", world.clock.now())
    with pytest.raises(BadToken):
        await world.token(BREAK_GLASS)
    for _ in range(3):
        await world.token("li.na")
    with pytest.raises(TooManyTokens):
        await world.token("li.na")


async def test_a_person_makes_own_ones_where_the_settings_allow_and_with_the_password(
    storage: Storage, tmp_path: Path
) -> None:
    for own in (False, True):
        world = World(storage, tmp_path, own=own)
        if not own:
            await world.identity.create_user(User("li.na", "李娜", frozenset({Role.AGENT})), PASSWORD)
        cookie, _ = await world.identity.sign_in("li.na", PASSWORD)
        headers = {"X-Songhua": "1", "Cookie": f"songhua_session={cookie}"}
        body = {"password": PASSWORD, "name": "clock", "operations": list(READS)}
        made = await world.client.post("/account/tokens", json=body, headers=headers)
        if not own:
            assert (made.status_code, made.json()["type"].rpartition(":")[2]) == (403, "tokens-by-admins")
            continue
        wrong = await world.client.post("/account/tokens", json={**body, "password": "x"}, headers=headers)
        assert wrong.json()["type"].endswith("wrong-password")
        said = made.json()
        assert await world.kind(said["secret"]) == ""
        listed = (await world.client.get("/account/tokens", headers=headers)).json()["tokens"]
        assert ("secret" in listed[0], listed[0]["token_id"]) == (False, said["token_id"])
        gone = await world.client.post(f"/account/tokens/{said['token_id']}/revoke", headers=headers)
        assert gone.status_code == 204
        assert await world.kind(said["secret"]) == "token-over"


async def test_who_has_still_to_set_up_a_second_factor_makes_no_token_instead(
    storage: Storage, tmp_path: Path
) -> None:
    world = World(storage, tmp_path, own=True)
    await world.identity.create_user(User("li.na", "李娜", frozenset({Role.AGENT})), PASSWORD)
    world.told.second_factor_roles = frozenset({Role.AGENT})
    cookie, _ = await world.identity.sign_in("li.na", PASSWORD)
    headers = {"X-Songhua": "1", "Cookie": f"songhua_session={cookie}"}
    body = {"password": PASSWORD, "name": "clock"}
    made = await world.client.post("/account/tokens", json=body, headers=headers)
    assert (made.status_code, made.json()["type"].rpartition(":")[2]) == (403, "second-factor-missing")
    assert await world.identity.tokens.listed() == []


_SCOPES = st.builds(
    lambda one, two: Scopes(queues=one, talkgroups=two),
    st.frozensets(st.sampled_from("abc")),
    st.frozensets(st.sampled_from("xy")),
)


@given(_SCOPES, _SCOPES)
def test_a_narrowed_scope_is_within_both(owner: Scopes, token: Scopes) -> None:
    both = narrowed(owner, token)
    assert narrowed(NO_LIMIT, token) == token
    if both is None:
        return
    for mine, kept in (
        (owner.queues, both.queues),
        (token.queues, both.queues),
        (owner.talkgroups, both.talkgroups),
    ):
        assert not mine or (kept and kept <= mine)


@given(st.text())
def test_only_a_bearer_with_our_prefix_is_a_token(text: str) -> None:
    found = api_token({"authorization": text})
    assert not found or (found.startswith("sgh_") and found in text)
