"""Use cases of one's own account. Whoever changes how he signs in, or ends sessions, gives his password once
more (ASVS 5, 7.5): an open desk is not enough. Each change is audited and ends the other sessions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from core.actor import Actor
from core.storage import Storage
from identity import store
from identity.account.browser import described
from identity.account.own import AccountOwner
from identity.errors import NoSecondFactor, SecondFactorKept
from identity.hashes import hash_token
from identity.model import Session, User
from identity.passkeys import store as passkeys
from identity.passkeys.service import PasskeyChallenge
from identity.passkeys.store import Passkey
from identity.second import store as factors
from identity.second.service import Enrolment, SecondFactorStatus
from identity.service import IdentityService
from identity.settings import IdentitySettings


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session as its owner sees it. `session_id` names it and opens nothing; `used_at` is right to ten
    minutes; `program` is the browser and the system.
    """

    session_id: str
    born_at: datetime
    used_at: datetime | None
    address: str
    program: str
    is_this: bool


class AccountService:
    def __init__(self, identity: IdentityService, storage: Storage, settings: IdentitySettings) -> None:
        self._identity = identity
        self._storage = storage
        self._settings = settings
        self._signing_in = identity.signing_in
        self._second = identity.signing_in.second
        self._passkeys = identity.signing_in.passkeys

    async def standing(self, own: AccountOwner) -> SecondFactorStatus:
        """Which second factors the person has."""
        return await self._second.standing(own.user.id)

    def needs_second_factor(self, user: User) -> bool:
        """Whether one of the roles must have a second factor."""
        return not user.roles.isdisjoint(self._settings.second_factor_roles)

    async def change_password(self, own: AccountOwner, old: str, new: str) -> tuple[str, Session]:
        """All sessions end; a new one for who has changed it. Raises `WrongPassword`, `WeakPassword`."""
        await self._prove(own, old)
        await self._identity.change_password(own.user.id, new, by=own.user.actor())
        return await self._identity.open_session(own.user, own.origin, {"by": "changed password"})

    async def begin_second_factor(self, own: AccountOwner, password: str) -> Enrolment:
        await self._prove(own, password)
        return await self._second.begin(own.user.id)

    async def confirm_second_factor(self, own: AccountOwner, code: str) -> list[str]:
        """The recovery codes, which are told once. Raises `WrongCode`, `NoSecondFactor`."""
        user_id = own.user.id
        step = await self._second.pending_step(user_id, code)
        async with self._storage.write() as transaction:
            fresh = await self._second.activate(transaction.connection, user_id, step)
            await store.end_sessions(transaction.connection, user_id, but=hash_token(own.token))
            await self._note(transaction.connection, user_id, "set-second-factor", user_id)
        self._identity.forget_sessions()
        return fresh

    async def remove_second_factor(self, own: AccountOwner, password: str, code: str) -> None:
        """Raises `SecondFactorKept` where the role needs one, `NoSecondFactor`."""
        keys = len(await self._passkeys.listed(own.user.id))
        if self.needs_second_factor(own.user) and not keys:
            raise SecondFactorKept(remedy="set up another one: it replaces this one")
        await self._has_one(own)
        await self._prove(own, password, code)
        user_id = own.user.id
        async with self._storage.write() as transaction:
            connection = transaction.connection
            if not await factors.remove(connection, user_id, keep_codes=keys > 0):
                raise NoSecondFactor(f"{user_id} has none")
            await store.end_sessions(connection, user_id, but=hash_token(own.token))
            await self._note(connection, user_id, "remove-second-factor", user_id)
        self._identity.forget_sessions()

    @property
    def has_passkeys(self) -> bool:
        """Whether people may have them here."""
        return self._passkeys.available

    async def passkeys(self, own: AccountOwner) -> list[Passkey]:
        """The person's own passkeys."""
        return await self._passkeys.listed(own.user.id)

    async def ask_passkey(self, own: AccountOwner, password: str) -> PasskeyChallenge:
        """What a new device has to sign. Raises `WrongPassword`, `NoPasskeys`, `BadPasskey`."""
        await self._prove(own, password)
        return await self._passkeys.ask_new(own.user.id, own.user.name)

    async def add_passkey(
        self, own: AccountOwner, asked: str, credential: Mapping[str, Any], name: str
    ) -> tuple[Passkey, list[str]]:
        """The passkey; recovery codes, told once, with the first factor. The other sessions end. Raises
        `BadPasskey`.
        """
        user_id = own.user.id
        challenge = await self._passkeys.challenge(user_id, "make", asked)
        async with self._storage.write() as transaction:
            connection = transaction.connection
            is_first = not await self._second.has_one(connection, user_id)
            made = await self._passkeys.add(connection, user_id, challenge, credential, name)
            codes = await self._second.renew_codes(connection, user_id) if is_first else []
            await store.end_sessions(connection, user_id, but=hash_token(own.token))
            now = self._storage.clock.now()
            told = {"passkey": f"{made.name} ({made.passkey_id})"}
            await store.add_audit(connection, now, user_id, "add-passkey", f"user:{user_id}", told)
        self._identity.forget_sessions()
        return made, codes

    async def remove_passkey(self, own: AccountOwner, password: str, passkey_id: str) -> None:
        """The other sessions end. Raises `SecondFactorKept` for the last factor of who needs one."""
        user_id = own.user.id
        await self._prove(own, password)
        async with self._storage.write() as transaction:
            connection = transaction.connection
            await self._passkeys.remove(connection, user_id, passkey_id)
            if not await self._second.has_one(connection, user_id):
                if self.needs_second_factor(own.user):
                    raise SecondFactorKept(remedy="set up another one first")
                await factors.replace_codes(connection, user_id, ())
            await store.end_sessions(connection, user_id, but=hash_token(own.token))
            now = self._storage.clock.now()
            told = {"passkey": passkey_id}
            await store.add_audit(connection, now, user_id, "remove-passkey", f"user:{user_id}", told)
        self._identity.forget_sessions()

    async def renew_recovery_codes(self, own: AccountOwner, password: str, code: str) -> list[str]:
        """New ones in place of all earlier ones. Raises `NoSecondFactor`, `WrongCode`."""
        await self._has_one(own)
        await self._prove(own, password, code)
        async with self._storage.write() as transaction:
            fresh = await self._second.renew_codes(transaction.connection, own.user.id)
            await self._note(transaction.connection, own.user.id, "renew-recovery-codes", own.user.id)
        return fresh

    async def sessions(self, user_id: str, token: str | None = None) -> list[SessionView]:
        """The sessions of this user; the one of `token` is marked."""
        mine = hash_token(token) if token else b""
        async with self._storage.read() as connection:
            kept = await store.sessions_of(connection, user_id, self._storage.clock.now())
        return [
            SessionView(
                _name(one.token_hash), one.born_at, one.used_at, one.address, described(one.program),
                one.token_hash == mine,
            )
            for one in kept
        ]  # fmt: skip

    async def end_sessions(self, own: AccountOwner, password: str, ids: Collection[str] | None) -> int:
        """These of one's own sessions, or with None all but this one; how many ended."""
        await self._prove(own, password)
        user_id, mine = own.user.id, hash_token(own.token)
        async with self._storage.write() as transaction:
            connection = transaction.connection
            kept = await store.sessions_of(connection, user_id, self._storage.clock.now())
            hashes = [one.token_hash for one in kept]
            chosen = [one for one in hashes if (one != mine if ids is None else _name(one) in ids)]
            for one in chosen:
                await store.end_session(connection, one)
            await self._note(connection, user_id, "end-sessions", user_id, count=len(chosen))
        self._identity.forget_sessions()
        return len(chosen)

    # What an administrator, or a command on the machine, does with another's account.

    async def reset_second_factor(self, actor: Actor, user_id: str) -> None:
        """Away with factor, passkeys and recovery codes; all sessions end. Raises `NoSecondFactor`."""
        await self._identity.user(user_id)
        async with self._storage.write() as transaction:
            connection = transaction.connection
            keys = await passkeys.remove_all(connection, user_id)
            if not await factors.remove(connection, user_id) and not keys:
                raise NoSecondFactor(f"{user_id} has none")
            await store.end_sessions(connection, user_id)
            await self._note(connection, actor.id, "reset-second-factor", user_id)
        self._identity.forget_sessions()

    async def end_all_sessions(self, actor: Actor, user_id: str) -> int:
        await self._identity.user(user_id)
        async with self._storage.write() as transaction:
            ended = await store.end_sessions(transaction.connection, user_id)
            await self._note(transaction.connection, actor.id, "end-sessions", user_id, count=ended)
        self._identity.forget_sessions()
        return ended

    async def _prove(self, own: AccountOwner, password: str, code: str | None = None) -> None:
        await self._signing_in.prove(own.user, password, own.origin, own.token, code)

    async def _has_one(self, own: AccountOwner) -> None:
        if not await self._second.is_on(own.user.id):
            raise NoSecondFactor(remedy="set one up first")

    async def _note(
        self, connection: AsyncConnection, actor_id: str, action: str, user_id: str, **detail: int
    ) -> None:
        now = self._storage.clock.now()
        await store.add_audit(connection, now, actor_id, action, f"user:{user_id}", dict(detail))


def _name(token_hash: bytes) -> str:
    return hashlib.sha256(token_hash).hexdigest()[:16]
