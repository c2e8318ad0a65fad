"""Sign-in: the right password opens a session; wrong ones say nothing and stop after a few."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError

from core.actor import Role, system
from core.clock import ManualClock
from core.errors import NotFound, Unauthenticated
from core.events import Event
from core.storage import OutboxRelay, Storage, StorageAway
from identity import store
from identity.errors import TooManyAttempts, UserExists, WeakPassword, WrongCredentials
from identity.events import UserChanged
from identity.guessing.settings import GuessingSettings
from identity.model import Session, User
from identity.passwords.hashing import decoy
from identity.service import IdentityService
from identity.settings import IdentitySettings

LI = User(id="li.na", name="李娜", roles=frozenset({Role.AGENT}), endpoint="agent1")
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "松花江畔的夜晚很长"  # nothing that opens anything


@pytest.fixture
async def identity(any_storage: Storage) -> IdentityService:
    made = IdentityService(any_storage, IdentitySettings(guessing=GuessingSettings(of_one=3)), hasher=QUICK)
    await made.create_user(LI, PASSWORD + "99")
    return made


async def test_the_right_password_opens_a_session_until_sign_out(identity: IdentityService) -> None:
    token, session = await identity.sign_in("Li.Na", PASSWORD + "99")
    assert session.user.name == "李娜"
    assert (await identity.session(token)).user.id == "li.na"
    await identity.sign_out(token)
    with pytest.raises(Unauthenticated):
        await identity.session(token)


async def test_whose_sessions_are_still_open_is_told_together_and_prolongs_none(
    identity: IdentityService,
) -> None:
    first, session = await identity.sign_in("li.na", PASSWORD + "99")
    second, _ = await identity.sign_in("li.na", PASSWORD + "99")
    held = await identity.live_sessions([first, second, "no token of anybody"])
    assert held[first] == session
    assert set(held) == {first, second}
    await identity.sign_out(second)
    assert set(await identity.live_sessions([first, second])) == {first}
    await identity.switch("li.na", active=False)
    assert await identity.live_sessions([first, second]) == {}


async def test_others_are_told_who_came_who_is_out_and_who_is_back(
    identity: IdentityService, any_storage: Storage
) -> None:
    told: list[tuple[str, bool]] = []

    async def deliver(event: Event) -> None:
        assert isinstance(event, UserChanged)
        told.append((event.user_id, event.active))

    for active in (False, True):
        await identity.switch("li.na", active=active)
    while await OutboxRelay(any_storage, "bus", deliver).relay_once():
        pass
    assert told == [("li.na", True), ("li.na", False), ("li.na", True)]


async def test_who_does_not_exist_has_no_password_to_change(identity: IdentityService) -> None:
    with pytest.raises(NotFound, match="no user 'nobody'"):
        await identity.change_password("nobody", PASSWORD + "99")


@pytest.mark.parametrize("user", ["li.na", "nobody"])
async def test_unknown_user_and_wrong_password_look_alike_and_are_stopped(
    identity: IdentityService, user: str
) -> None:
    for _ in range(3):
        with pytest.raises(WrongCredentials):
            await identity.sign_in(user, "not the password")
    with pytest.raises(TooManyAttempts):
        await identity.sign_in(user, "not the password")


def test_an_unknown_name_costs_as_much_as_a_known_one() -> None:
    for hasher in (QUICK, PasswordHasher()):
        unknown = decoy(hasher)
        assert extract_parameters(unknown) == extract_parameters(hasher.hash(PASSWORD))
        assert decoy(hasher) != unknown
        with pytest.raises(VerifyMismatchError):
            hasher.verify(unknown, PASSWORD)


async def test_a_user_switched_off_is_out_at_once(identity: IdentityService) -> None:
    token, _ = await identity.sign_in("li.na", PASSWORD + "99")
    await identity.session(token)
    await identity.switch("li.na", active=False)
    with pytest.raises(Unauthenticated):
        await identity.session(token)
    with pytest.raises(WrongCredentials):
        await identity.sign_in("li.na", PASSWORD + "99")


async def test_no_two_users_of_one_name_and_no_weak_password(identity: IdentityService) -> None:
    with pytest.raises(UserExists):
        await identity.create_user(LI, PASSWORD + "99")
    with pytest.raises(WeakPassword):
        await identity.create_user(User(id="wang", name="王", roles=LI.roles), "short")


async def test_neither_token_nor_password_is_stored(identity: IdentityService, any_storage: Storage) -> None:
    token, _ = await identity.sign_in("li.na", PASSWORD + "99")
    async with any_storage.read() as connection:
        kept = repr((await connection.execute(store.users.select())).all())
        kept += repr((await connection.execute(store.sessions.select())).all())
    assert token not in kept
    assert PASSWORD not in kept


async def test_what_is_audited_can_be_read_back(identity: IdentityService) -> None:
    await identity.audit.record(system("test"), "listen", "recording:7", {"why": "complaint"})
    assert [(row["actor"], row["action"]) for row in await identity.audit_of("recording:7")] == [
        ("system:test", "listen")
    ]


class Moment:
    """The identity's own time, and a database that can be taken away."""

    def __init__(self, identity: IdentityService, monkeypatch: pytest.MonkeyPatch) -> None:
        self.away = False
        self.clock = ManualClock(identity._storage.clock.now())
        self._read, self._write = Storage.read, Storage.write
        monkeypatch.setattr(identity._storage, "clock", self.clock)
        monkeypatch.setattr(Storage, "read", lambda storage: self._answer(self._read(storage)))
        monkeypatch.setattr(Storage, "write", lambda storage: self._answer(self._write(storage)))

    @asynccontextmanager
    async def _answer(self, real: AbstractAsyncContextManager[Any]) -> AsyncIterator[Any]:
        if self.away:
            raise StorageAway
        async with real as opened:
            yield opened


@pytest.fixture
def moment(identity: IdentityService, monkeypatch: pytest.MonkeyPatch) -> Moment:
    identity._settings = IdentitySettings(session_idle_s=600, session_longest_s=3_000)
    return Moment(identity, monkeypatch)


async def test_who_is_signed_in_goes_on_for_a_quarter_of_an_hour_while_the_database_is_away(
    identity: IdentityService, moment: Moment
) -> None:
    identity._settings = IdentitySettings()
    token, _ = await identity.sign_in("li.na", PASSWORD + "99")
    moment.away = True
    moment.clock.advance(15 * 60)
    assert (await identity.session(token)).user.id == "li.na"
    with pytest.raises(StorageAway):
        await identity.session("a token that was never seen")
    moment.clock.advance(10)
    with pytest.raises(StorageAway):
        await identity.session(token)


async def test_an_expired_session_is_refused_while_the_database_is_away(
    identity: IdentityService, moment: Moment
) -> None:
    token, session = await identity.sign_in("li.na", PASSWORD + "99")
    moment.away = True
    moment.clock.advance(599)
    assert await identity.session(token) == session
    moment.clock.advance(1)
    assert moment.clock.now() == session.expires_at
    with pytest.raises(Unauthenticated):
        await identity.session(token)


async def test_an_expired_session_is_refused_though_it_was_used_a_moment_ago(
    identity: IdentityService, moment: Moment
) -> None:
    token, session = await identity.sign_in("li.na", PASSWORD + "99")
    for seconds in (590, 590, 590, 590, 590, 8):
        moment.clock.advance(seconds)
        session = await identity.session(token)
    assert (session.expires_at - moment.clock.now()).total_seconds() == 2
    moment.clock.advance(1)
    assert await identity.session(token) == session
    moment.clock.advance(1)
    with pytest.raises(Unauthenticated):
        await identity.session(token)


async def test_a_session_in_use_is_prolonged_in_memory_too_but_never_past_its_longest_life(
    identity: IdentityService, moment: Moment
) -> None:
    token, session = await identity.sign_in("li.na", PASSWORD + "99")
    moment.clock.advance(590)
    assert (await identity.session(token)).expires_at == moment.clock.now() + timedelta(seconds=600)
    moment.away = True
    moment.clock.advance(599)
    assert (await identity.session(token)).user.id == "li.na"
    moment.away = False
    born = session.expires_at - timedelta(seconds=600)
    for seconds in (0, 500, 500, 500):
        moment.clock.advance(seconds)
        last = await identity.session(token)
    assert last.expires_at == born + timedelta(seconds=3_000)
    moment.away = True
    moment.clock.advance((last.expires_at - moment.clock.now()).total_seconds())
    with pytest.raises(Unauthenticated):
        await identity.session(token)


async def test_a_session_that_could_not_be_prolonged_holds_until_the_end_that_is_written_down(
    identity: IdentityService, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, session = await identity.sign_in("li.na", PASSWORD + "99")
    moment.clock.advance(300)

    def locked(_storage: Storage) -> None:
        raise StorageAway

    monkeypatch.setattr(Storage, "write", locked)
    assert (await identity.session(token)).expires_at == session.expires_at
    moment.clock.advance(300)
    with pytest.raises(Unauthenticated):
        await identity.session(token)


async def test_a_lookup_that_began_before_the_sign_out_keeps_nothing(
    identity: IdentityService, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, _ = await identity.sign_in(LI.id, PASSWORD + "99")
    identity.forget_sessions()
    looked_up, goes_on = asyncio.Event(), asyncio.Event()
    by_cookie = identity._by_cookie

    async def slow(key: bytes, now: datetime) -> Session:
        found = await by_cookie(key, now)
        looked_up.set()
        await goes_on.wait()
        return found

    monkeypatch.setattr(identity, "_by_cookie", slow)
    before = asyncio.create_task(identity.session(token))
    await looked_up.wait()
    monkeypatch.setattr(identity, "_by_cookie", by_cookie)
    await identity.sign_out(token)
    goes_on.set()
    await before
    with pytest.raises(Unauthenticated):
        await identity.session(token)
