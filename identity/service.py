"""Sign-in, sessions, user administration and the audit trail."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy.exc import IntegrityError

from core.actor import Actor, Role, system
from core.bearer import PREFIX
from core.errors import Conflict, NotFound, Unauthenticated
from core.storage import Storage, StorageAway, Transaction
from identity import rights, store
from identity.audit.service import AuditTrail
from identity.audit.store import add_audit
from identity.errors import SecondFactorMissing, SignInAgain, UserExists
from identity.events import UserChanged
from identity.hashes import hash_token
from identity.model import BREAK_GLASS, Session, User, check_scopes, check_skills, check_user_id, session_end
from identity.origin import NOWHERE, RequestOrigin
from identity.passwords.hashing import Passwords
from identity.passwords.rules import check_password
from identity.settings import IdentitySettings
from identity.signin import SigningIn
from identity.tokens import store as token_store
from identity.tokens.service import ApiTokens

UNNAMED = system("identity")
"""Who changed a user where the caller names nobody: a part of the service itself."""
_CACHE_S = 5.0
_OUTAGE_S = 900.0
_CACHE_LIMIT = 2000
_USED = timedelta(minutes=10)
"""To this is told when a session was used last."""


class IdentityService:
    """All of the room's use-cases. Errors are the room's own, see `identity.errors`."""

    def __init__(
        self, storage: Storage, settings: IdentitySettings, *, hasher: PasswordHasher | None = None
    ) -> None:
        self._storage = storage
        self._settings = settings
        self.audit = AuditTrail(storage)
        self.tokens = ApiTokens(storage, settings.tokens, self.audit)
        self._passwords = Passwords(hasher)
        self.signing_in = SigningIn(storage, settings, self._passwords, open_session=self.open_session)
        self._cache: OrderedDict[bytes, tuple[float, Session]] = OrderedDict()
        self._forgotten = 0
        """How often sessions were dropped from it: a lookup that began before does not store its answer."""

    async def create_user(self, user: User, password: str, *, by: Actor = UNNAMED) -> User:
        """Audited, as each change of a user is. Raises `UserExists`, `WeakPassword`, `BadUserName`."""
        checked = User(
            id=check_user_id(user.id), name=user.name, roles=user.roles, language=user.language,
            endpoint=user.endpoint, skills=check_skills(user.skills), scopes=user.scopes,
        )  # fmt: skip
        password_hash = await self._hash(self._checked(password, checked))
        try:
            async with self._storage.write() as transaction:
                await store.add_user(
                    transaction.connection, checked, password_hash, self._storage.clock.now()
                )
                told: dict[str, Any] = {"roles": sorted(checked.roles), "endpoint": checked.endpoint or ""}
                if limits := checked.scopes.as_lists():
                    told["scopes"] = limits
                await self._changed(transaction, by, "create-user", checked.id, told)
                await transaction.emit(UserChanged(user_id=checked.id, active=True))
        except IntegrityError as error:
            raise UserExists(checked.id, remedy="choose another name or change that user") from error
        return checked

    async def users(self) -> list[User]:
        """All users, by id."""
        async with self._storage.read() as connection:
            return await store.all_users(connection)

    async def user(self, user_id: str) -> User:
        async with self._storage.read() as connection:
            found = await store.user_with_hash(connection, user_id)
        if found is None:
            raise NotFound(f"no user {user_id!r}")
        return found[0]

    async def switch(self, user_id: str, *, active: bool, by: Actor = UNNAMED) -> None:
        """Switch a user on or off; off ends his sessions and revokes his API tokens."""
        async with self._storage.write() as transaction:
            if not await store.set_active(transaction.connection, user_id, active=active):
                raise NotFound(f"no user {user_id!r}")
            if not active:
                now = self._storage.clock.now()
                await token_store.revoke_all(transaction.connection, user_id, now)
            await self._changed(transaction, by, "switch-on" if active else "switch-off", user_id)
            await transaction.emit(UserChanged(user_id=user_id, active=active))
        self._forgotten += 1
        self._cache.clear()

    async def set_scopes(self, actor: Actor, user_id: str, given: Mapping[str, Collection[str]]) -> User:
        """Replace what limits a user; audited. His open sockets end, so that each desk begins anew.

        Raises `Forbidden`, `NotFound`, `BadScope`.
        """
        rights.ADD_PEOPLE.check(actor)
        checked = check_scopes(given)
        known = await self.user(user_id)
        async with self._storage.write() as transaction:
            await store.set_scopes(transaction.connection, user_id, checked)
            await self._changed(transaction, actor, "set-scopes", user_id, checked.as_lists())
            await transaction.emit(UserChanged(user_id=user_id, active=known.active))
        self._cache.clear()
        return replace(known, scopes=checked)

    async def set_roles(self, user_id: str, roles: frozenset[Role], *, by: Actor) -> User:
        """Replace a user's roles; audited. His open sockets end, and API tokens that have more are revoked.

        Raises `NotFound`.
        """
        known = await self.user(user_id)
        async with self._storage.write() as transaction:
            connection = transaction.connection
            await store.set_roles(connection, user_id, roles)
            await token_store.revoke_beyond(connection, user_id, roles, self._storage.clock.now())
            await self._changed(transaction, by, "set-roles", user_id, {"roles": sorted(roles)})
            await transaction.emit(UserChanged(user_id=user_id, active=known.active))
        self._cache.clear()
        return replace(known, roles=roles)

    async def change_person(self, user: User, *, by: Actor) -> None:
        """Replace name, roles, language, endpoint and skills of the user of this id; audited. His open
        sockets end, and API tokens that have more are revoked. Raises `NotFound`, `BadSkill`.
        """
        known = await self.user(user.id)
        changed = replace(user, skills=check_skills(user.skills))
        async with self._storage.write() as transaction:
            connection = transaction.connection
            await store.set_person(connection, changed)
            await token_store.revoke_beyond(connection, user.id, user.roles, self._storage.clock.now())
            told = {
                "name": user.name, "roles": sorted(user.roles), "endpoint": user.endpoint or "",
                "language": user.language, "skills": dict(changed.skills),
            }  # fmt: skip
            await self._changed(transaction, by, "change-user", user.id, told)
            await transaction.emit(UserChanged(user_id=user.id, active=known.active))
        self._cache.clear()

    async def set_skills(self, actor: Actor, user_id: str, skills: Mapping[str, int]) -> User:
        """Replace a user's skills; audited. Raises `Forbidden`, `NotFound`, `BadSkill`."""
        rights.SKILLS.check(actor)
        checked = check_skills(skills)
        known = await self.user(user_id)
        async with self._storage.write() as transaction:
            await store.set_skills(transaction.connection, user_id, checked)
            await self._changed(transaction, actor, "set-skills", user_id, checked)
            await transaction.emit(UserChanged(user_id=user_id, active=known.active))
        self._cache.clear()
        return replace(known, skills=checked)

    async def change_password(self, user_id: str, password: str, *, by: Actor = UNNAMED) -> None:
        """Ends all sessions of this user. Raises `WeakPassword`, `NotFound`, and `Conflict` for the sealed
        account, which has none.
        """
        if user_id == BREAK_GLASS:
            raise Conflict(
                "the sealed account has no password", remedy="seal it: songhua user break-glass seal"
            )
        password_hash = await self._hash(self._checked(password, await self.user(user_id)))
        async with self._storage.write() as transaction:
            if not await store.set_password(transaction.connection, user_id, password_hash):
                raise NotFound(f"no user {user_id!r}")
            await self._changed(transaction, by, "set-password", user_id)
        self._cache.clear()

    async def sign_in(
        self, user_id: str, password: str, origin: RequestOrigin = NOWHERE
    ) -> tuple[str, Session]:
        """As `SigningIn.by_password`."""
        return await self.signing_in.by_password(user_id, password, origin)

    async def open_session(
        self, user: User, origin: RequestOrigin, detail: dict[str, str], *, of: str = ""
    ) -> tuple[str, Session]:
        """A session for somebody who has proved who he is: its secret token, and the session. `of`: by the
        password of this hash; raises `SignInAgain` where that was changed meanwhile, so that a new password
        ends the sessions of the old one, also those that are just being opened.
        """
        token = secrets.token_urlsafe(32)
        now = self._storage.clock.now()
        expires_at = self._end(user, now, now)
        told = {**detail, "address": origin.address}
        async with self._storage.write() as transaction:
            connection = transaction.connection
            if of and not await store.still_has(connection, user.id, of):
                raise SignInAgain(remedy="enter user name and password again")
            by = detail.get("by", "").partition(",")[0]
            await store.add_session(connection, hash_token(token), user.id, now, expires_at, origin, by)
            await store.add_audit(connection, now, user.id, "sign-in", f"user:{user.id}", told)
            has_second_factor = await self.signing_in.second.has_one(connection, user.id)
        session = Session(user, expires_at, has_second_factor=has_second_factor)
        self._remember(hash_token(token), session)
        return token, session

    async def session(self, token: str | None, address: str = "") -> Session:
        """The live session of a token, of a desk or of a program; raises `Unauthenticated`, and
        `SecondFactorMissing` where the role asks for one. Answers from memory for a few seconds, and for a
        quarter of an hour while the database is away: agents go on working meanwhile. No session is served
        past its end, wherever it comes from (decision 0176).
        """
        found = await self.any_session(token, address)
        if found.lacks_second_factor(self._settings.second_factor_roles):
            raise SecondFactorMissing(remedy="set up the second factor on the page of your account")
        return found

    async def any_session(self, token: str | None, address: str = "") -> Session:
        """As `session`, also for somebody who has still to set up the second factor."""
        if not token:
            raise Unauthenticated
        key = hash_token(token)
        now, began = self._storage.clock.now(), self._forgotten
        fresh = self._cache.get(key)
        if fresh is not None and fresh[0] > self._storage.clock.monotonic() and fresh[1].expires_at > now:
            return fresh[1]
        try:
            if token.startswith(PREFIX):
                session = await self._by_api_token(token, address)
            else:
                session = await self._by_cookie(key, now)
        except StorageAway:
            return self._remembered(key)
        except Unauthenticated:
            self._cache.pop(key, None)
            raise
        if began == self._forgotten:
            # Else it may have ended since it was looked up.
            self._remember(key, session)
        return session

    async def _by_cookie(self, key: bytes, now: datetime) -> Session:
        async with self._storage.read() as connection:
            found = await store.session_of(connection, key, now)
        if found is None:
            raise Unauthenticated
        session, born = found
        return await self._prolonged(key, session, self._end(session.user, now, born))

    async def _by_api_token(self, token: str, address: str) -> Session:
        """Raises `TooManyAttempts` for a wrong one from where too many came; a right one always counts."""
        session = await self.tokens.session(token, address)
        if session is None:
            await self.signing_in.wrong_token(address)
            raise Unauthenticated(
                remedy="check that the token is complete: songhua token list shows valid ones"
            )
        return session

    async def live_sessions(self, tokens: Collection[str]) -> dict[str, Session]:
        """The sessions of these tokens that are not over; none is prolonged. Raises `StorageAway`."""
        of_programs = [token for token in tokens if token.startswith(PREFIX)]
        keys = {hash_token(token): token for token in tokens if not token.startswith(PREFIX)}
        async with self._storage.read() as connection:
            found = await store.live_sessions(connection, keys, self._storage.clock.now())
        must = self._settings.second_factor_roles
        people = {keys[key]: one for key, one in found.items() if not one.lacks_second_factor(must)}
        return people | (await self.tokens.live_sessions(of_programs) if of_programs else {})

    def forget_sessions(self) -> None:
        """What is held in memory is looked up anew: sessions or people have changed."""
        self._cache.clear()

    def _remember(self, key: bytes, session: Session) -> None:
        self._cache[key] = (self._storage.clock.monotonic() + _CACHE_S, session)
        while len(self._cache) > _CACHE_LIMIT:
            self._cache.popitem(last=False)

    def _remembered(self, key: bytes) -> Session:
        """Read a session from memory. Raises `StorageAway` for one that is not held or held too long."""
        known = self._cache.get(key)
        if known is None or known[0] + _OUTAGE_S < self._storage.clock.monotonic():
            raise StorageAway("sessions cannot be looked up", remedy="check that the database runs")
        if known[1].expires_at <= self._storage.clock.now():
            raise Unauthenticated
        return known[1]

    async def sign_out(self, token: str | None) -> str:
        """How the session that ends was opened; empty where there was none."""
        if not token:
            return ""
        key = hash_token(token)
        self._cache.pop(key, None)
        async with self._storage.write() as transaction:
            opened_by = await store.end_session(transaction.connection, key)
        # Whoever looked it up before that committed does not keep it.
        self._forgotten += 1
        self._cache.pop(key, None)
        return opened_by

    async def audit_of(self, subject: str) -> list[dict[str, Any]]:
        """Rows of the audit trail about this subject."""
        return await self.audit.of(subject)

    async def _changed(
        self,
        transaction: Transaction,
        by: Actor,
        action: str,
        user_id: str,
        detail: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """The change and its row of the audit trail commit together."""
        now = self._storage.clock.now()
        await add_audit(transaction.connection, now, by.id, action, f"user:{user_id}", detail)

    def _end(self, user: User, now: datetime, born: datetime) -> datetime:
        """When a session of this user that is used now ends."""
        longest = self._longest
        if user.id == BREAK_GLASS:
            longest = min(longest, timedelta(hours=self._settings.break_glass.session_h))
        return session_end(now, self._idle, born, longest)

    @property
    def _idle(self) -> timedelta:
        return timedelta(seconds=self._settings.session_idle_s)

    @property
    def _longest(self) -> timedelta:
        return timedelta(seconds=self._settings.session_longest_s)

    async def _prolonged(self, key: bytes, session: Session, end: datetime) -> Session:
        # Written now and then: reading a page is not a write.
        if (end - session.expires_at) < min(self._idle / 10, _USED):
            return session
        try:
            async with self._storage.write() as transaction:
                await store.prolong(transaction.connection, key, self._storage.clock.now(), end)
        except StorageAway:
            return session  # it holds until the end that is written down
        return replace(session, expires_at=end)

    def _checked(self, password: str, user: User) -> str:
        return check_password(password, user.id, user.name, self._settings.password_words)

    async def _hash(self, password: str) -> str:
        async with self._passwords.turn():
            return await self._passwords.hash(password)
