"""Sign-in: the right password opens a session; wrong ones say nothing and stop after a few."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from argon2 import PasswordHasher

from core.actor import Role, system
from core.clock import ManualClock
from core.errors import Unauthenticated
from core.storage import Storage, StorageAway
from identity import store
from identity.errors import TooManyAttempts, UserExists, WeakPassword, WrongCredentials
from identity.model import User
from identity.service import Identity
from identity.settings import IdentitySettings

LI = User(id="li.na", name="李娜", roles=frozenset({Role.AGENT}), endpoint="agent1")
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "松花江畔的夜晚很长"  # nothing that opens anything


@pytest.fixture
async def identity(any_storage: Storage) -> Identity:
    made = Identity(any_storage, IdentitySettings(failures_allowed=3), hasher=QUICK)
    await made.create_user(LI, PASSWORD + "99")
    return made


async def test_the_right_password_opens_a_session_until_sign_out(identity: Identity) -> None:
    token, session = await identity.sign_in("Li.Na", PASSWORD + "99")
    assert session.user.name == "李娜"
    assert (await identity.session(token)).user.id == "li.na"
    await identity.sign_out(token)
    with pytest.raises(Unauthenticated):
        await identity.session(token)


@pytest.mark.parametrize("user", ["li.na", "nobody"])
async def test_unknown_user_and_wrong_password_look_alike_and_are_stopped(
    identity: Identity, user: str
) -> None:
    for _ in range(3):
        with pytest.raises(WrongCredentials):
            await identity.sign_in(user, "not the password")
    with pytest.raises(TooManyAttempts):
        await identity.sign_in(user, "not the password")


async def test_a_user_switched_off_is_out_at_once(identity: Identity) -> None:
    token, _ = await identity.sign_in("li.na", PASSWORD + "99")
    await identity.session(token)
    await identity.switch("li.na", active=False)
    with pytest.raises(Unauthenticated):
        await identity.session(token)
    with pytest.raises(WrongCredentials):
        await identity.sign_in("li.na", PASSWORD + "99")


async def test_no_two_users_of_one_name_and_no_weak_password(identity: Identity) -> None:
    with pytest.raises(UserExists):
        await identity.create_user(LI, PASSWORD + "99")
    with pytest.raises(WeakPassword):
        await identity.create_user(User(id="wang", name="王", roles=LI.roles), "short")


async def test_neither_token_nor_password_is_stored(identity: Identity, any_storage: Storage) -> None:
    token, _ = await identity.sign_in("li.na", PASSWORD + "99")
    async with any_storage.read() as connection:
        kept = repr((await connection.execute(store.users.select())).all())
        kept += repr((await connection.execute(store.sessions.select())).all())
    assert token not in kept
    assert PASSWORD not in kept


async def test_what_is_audited_can_be_read_back(identity: Identity) -> None:
    await identity.record(system("test"), "listen", "recording:7", {"why": "complaint"})
    assert [(row["actor"], row["action"]) for row in await identity.audit_of("recording:7")] == [
        ("system:test", "listen")
    ]


async def test_who_is_signed_in_goes_on_while_the_database_is_away(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, _ = await identity.sign_in("li.na", PASSWORD + "99")
    await identity.session(token)
    clock = ManualClock(identity._storage.clock.now())
    clock._monotonic = identity._storage.clock.monotonic()

    @asynccontextmanager
    async def away(_storage: Storage) -> AsyncIterator[None]:
        if clock:
            raise StorageAway
        yield

    monkeypatch.setattr(Storage, "read", away)
    monkeypatch.setattr(identity._storage, "clock", clock)
    clock.advance(60)
    assert (await identity.session(token)).user.id == "li.na"
    with pytest.raises(StorageAway):
        await identity.session("a token that was never seen")
    clock.advance(3600)
    with pytest.raises(StorageAway):
        await identity.session(token)
