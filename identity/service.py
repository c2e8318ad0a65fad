"""Sign-in, sessions, user administration and the audit trail."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
from collections import OrderedDict, deque
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from argon2.low_level import ARGON2_VERSION
from sqlalchemy.exc import IntegrityError

from core.actor import Actor, Role
from core.errors import NotFound, Unauthenticated
from core.storage import Storage, StorageAway
from identity import store
from identity.errors import TooManyAttempts, UserExists, WrongCredentials
from identity.events import UserChanged
from identity.model import Session, User, check_password, check_skills, check_user_id, session_end
from identity.settings import IdentitySettings

_CACHE_S = 5.0
_OUTAGE_S = 900.0
_CACHE_LIMIT = 2000
_HASHING_AT_ONCE = 2
"""argon2 takes 64 MB and a core for each hash: more at once would starve the calls."""


class Identity:
    """All of the room's use-cases. Errors are the room's own, see `identity.errors`."""

    def __init__(
        self, storage: Storage, settings: IdentitySettings, *, hasher: PasswordHasher | None = None
    ) -> None:
        self._storage = storage
        self._settings = settings
        self._hasher = hasher or PasswordHasher()
        self._hashing = asyncio.Semaphore(_HASHING_AT_ONCE)
        self._decoy = decoy(self._hasher)
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._cache: OrderedDict[bytes, tuple[float, Session]] = OrderedDict()

    async def create_user(self, user: User, password: str) -> User:
        checked = User(
            id=check_user_id(user.id), name=user.name, roles=user.roles, language=user.language,
            endpoint=user.endpoint, skills=check_skills(user.skills),
        )  # fmt: skip
        password_hash = await self._hash(check_password(password, checked.id))
        try:
            async with self._storage.write() as transaction:
                await store.add_user(
                    transaction.connection, checked, password_hash, self._storage.clock.now()
                )
                await transaction.emit(UserChanged(user_id=checked.id, active=True))
        except IntegrityError as error:
            raise UserExists(checked.id, remedy="choose another name or change that user") from error
        return checked

    async def users(self) -> list[User]:
        async with self._storage.read() as connection:
            return await store.all_users(connection)

    async def user(self, user_id: str) -> User:
        async with self._storage.read() as connection:
            found = await store.user_with_hash(connection, user_id)
        if found is None:
            raise NotFound(f"no user {user_id!r}")
        return found[0]

    async def switch(self, user_id: str, *, active: bool) -> None:
        """Switch a user on or off; off ends his sessions."""
        async with self._storage.write() as transaction:
            if not await store.set_active(transaction.connection, user_id, active=active):
                raise NotFound(f"no user {user_id!r}")
            await transaction.emit(UserChanged(user_id=user_id, active=active))
        self._cache.clear()

    async def set_skills(self, actor: Actor, user_id: str, skills: Mapping[str, int]) -> User:
        """Replace a user's skills; audited. Raises `Forbidden`, `NotFound`, `BadSkill`."""
        actor.require(Role.SUPERVISOR, Role.ADMIN)
        checked = check_skills(skills)
        known = await self.user(user_id)
        async with self._storage.write() as transaction:
            await store.set_skills(transaction.connection, user_id, checked)
            await store.add_audit(
                transaction.connection, self._storage.clock.now(), actor.id, "set-skills",
                f"user:{user_id}", checked,
            )  # fmt: skip
            await transaction.emit(UserChanged(user_id=user_id, active=known.active))
        self._cache.clear()
        return replace(known, skills=checked)

    async def change_password(self, user_id: str, password: str) -> None:
        password_hash = await self._hash(check_password(password, user_id))
        async with self._storage.write() as transaction:
            if not await store.set_password(transaction.connection, user_id, password_hash):
                raise NotFound(f"no user {user_id!r}")
        self._cache.clear()

    async def sign_in(self, user_id: str, password: str) -> tuple[str, Session]:
        """A new session: its secret token, for the cookie, and whose it is.

        Raises `WrongCredentials`, or `TooManyAttempts` after repeated failures of one name.
        """
        name = user_id.strip().lower()[:63]
        self._refuse_if_guessing(name)
        async with self._storage.read() as connection:
            found = await store.user_with_hash(connection, name)
        # An unknown name costs the same time as a known one.
        matches = await self._verify(found[1] if found else self._decoy, password)
        if found is None or not matches or not found[0].active:
            self._count_failure(name)
            raise WrongCredentials
        self._failures.pop(name, None)
        token = secrets.token_urlsafe(32)
        now = self._storage.clock.now()
        expires_at = session_end(now, self._idle, now, self._longest)
        async with self._storage.write() as transaction:
            await store.add_session(transaction.connection, _hash_token(token), name, now, expires_at)
            await store.add_audit(transaction.connection, now, name, "sign-in", f"user:{name}", {})
        session = Session(found[0], expires_at)
        self._remember(_hash_token(token), session)
        return token, session

    async def session(self, token: str | None) -> Session:
        """The live session of a token; raises `Unauthenticated`. Answers from memory for a few seconds, and
        for a quarter of an hour while the database is away: agents go on working meanwhile. No session is
        served past its end, wherever it comes from (decision 0176).
        """
        if not token:
            raise Unauthenticated
        key = _hash_token(token)
        now = self._storage.clock.now()
        fresh = self._cache.get(key)
        if fresh is not None and fresh[0] > self._storage.clock.monotonic() and fresh[1].expires_at > now:
            return fresh[1]
        try:
            async with self._storage.read() as connection:
                found = await store.session_of(connection, key, now)
        except StorageAway:
            return self._remembered(key)
        if found is None:
            self._cache.pop(key, None)
            raise Unauthenticated
        session, born = found
        session = await self._prolonged(key, session, session_end(now, self._idle, born, self._longest))
        self._remember(key, session)
        return session

    async def live_sessions(self, tokens: Collection[str]) -> dict[str, Session]:
        """The sessions of these tokens that are not over; none is prolonged. Raises `StorageAway`."""
        keys = {_hash_token(token): token for token in tokens}
        async with self._storage.read() as connection:
            found = await store.live_sessions(connection, keys, self._storage.clock.now())
        return {keys[key]: session for key, session in found.items()}

    def _remember(self, key: bytes, session: Session) -> None:
        self._cache[key] = (self._storage.clock.monotonic() + _CACHE_S, session)
        while len(self._cache) > _CACHE_LIMIT:
            self._cache.popitem(last=False)

    def _remembered(self, key: bytes) -> Session:
        """Of the memory alone. Raises `StorageAway` for a session that it does not hold or holds too long."""
        known = self._cache.get(key)
        if known is None or known[0] + _OUTAGE_S < self._storage.clock.monotonic():
            raise StorageAway("sessions cannot be looked up", remedy="see that the database runs")
        if known[1].expires_at <= self._storage.clock.now():
            raise Unauthenticated
        return known[1]

    async def sign_out(self, token: str | None) -> None:
        if not token:
            return
        key = _hash_token(token)
        self._cache.pop(key, None)
        async with self._storage.write() as transaction:
            await store.end_session(transaction.connection, key)

    async def record(
        self, actor: Actor, action: str, subject: str, detail: dict[str, Any] | None = None
    ) -> None:
        """Add to the audit trail: who did what to which thing (`recording:<id>`, `user:<id>` …)."""
        async with self._storage.write() as transaction:
            await store.add_audit(
                transaction.connection, self._storage.clock.now(), actor.id, action, subject, detail or {}
            )

    async def audit_of(self, subject: str) -> list[dict[str, Any]]:
        async with self._storage.read() as connection:
            return await store.audit_of(connection, subject)

    @property
    def _idle(self) -> timedelta:
        return timedelta(seconds=self._settings.session_idle_s)

    @property
    def _longest(self) -> timedelta:
        return timedelta(seconds=self._settings.session_longest_s)

    async def _prolonged(self, key: bytes, session: Session, end: datetime) -> Session:
        # Written at most about once in a tenth of the idle time: reading a page is not a write.
        if (end - session.expires_at) < self._idle / 10:
            return session
        try:
            async with self._storage.write() as transaction:
                await store.prolong(transaction.connection, key, end)
        except StorageAway:
            return session  # it holds until the end that is written down
        return replace(session, expires_at=end)

    async def _hash(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def _verify(self, password_hash: str, password: str) -> bool:
        async with self._hashing:
            try:
                return await asyncio.to_thread(self._hasher.verify, password_hash, password)
            except (Argon2Error, InvalidHashError):
                return False

    def _recent_failures(self, name: str) -> deque[float]:
        times = self._failures.setdefault(name, deque(maxlen=self._settings.failures_allowed))
        while times and times[0] < self._storage.clock.monotonic() - self._settings.failure_window_s:
            times.popleft()
        return times

    def _refuse_if_guessing(self, name: str) -> None:
        if len(self._recent_failures(name)) >= self._settings.failures_allowed:
            raise TooManyAttempts(remedy=f"wait {self._settings.failure_window_s:.0f} s")

    def _count_failure(self, name: str) -> None:
        self._recent_failures(name).append(self._storage.clock.monotonic())
        while len(self._failures) > _CACHE_LIMIT:
            self._failures.popitem(last=False)


def decoy(hasher: PasswordHasher) -> str:
    """Looks like one of this hasher's hashes, and to try a password on it costs the same; none fits. To hash
    one for it would hold up every start.
    """
    salt, tag = (
        base64.b64encode(secrets.token_bytes(size)).rstrip(b"=").decode()
        for size in (hasher.salt_len, hasher.hash_len)
    )
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${cost}${salt}${tag}"


def _hash_token(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
