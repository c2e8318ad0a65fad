"""Use cases of one person's second factor. Who may ask, and with which proof, the callers decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from core.storage import Storage
from identity.errors import NoSecondFactor, WrongCode
from identity.keys import KeyRing
from identity.passkeys import store as passkeys
from identity.second import recovery, store, totp

PURPOSE = "second factor"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the authenticator app is given: shown once, valid when a first code of it has come."""

    secret: str
    uri: str
    picture: totp.QrCode


@dataclass(frozen=True, slots=True)
class SecondFactorStatus:
    """Whether there are codes of an app: since when; passkeys, and how many recovery codes are left."""

    since: datetime | None
    passkeys: int
    codes_left: int


class SecondFactors:
    def __init__(self, storage: Storage, ring: KeyRing) -> None:
        self._storage = storage
        self._ring = ring

    async def standing(self, user_id: str) -> SecondFactorStatus:
        async with self._storage.read() as connection:
            found = await store.factor(connection, user_id, "active")
            keys = await passkeys.count(connection, user_id)
            left = await store.codes_left(connection, user_id) if found or keys else 0
        return SecondFactorStatus(found.since if found else None, keys, left)

    async def is_on(self, user_id: str) -> bool:
        """Whether the user has any second factor."""
        async with self._storage.read() as connection:
            return await self.has_one(connection, user_id)

    async def has_one(self, connection: AsyncConnection, user_id: str) -> bool:
        """Codes of an app, or a passkey."""
        codes = await store.factor(connection, user_id, "active") is not None
        return codes or await passkeys.count(connection, user_id) > 0

    async def has_passkeys(self, user_id: str) -> bool:
        """Whether one of them is a passkey."""
        async with self._storage.read() as connection:
            return await passkeys.count(connection, user_id) > 0

    async def begin(self, user_id: str) -> Enrolment:
        """A new secret. The one in use, if any, stays valid until the new one is confirmed."""
        secret = totp.new_secret()
        sealed = (await self._ring.keys()).seal(PURPOSE, user_id, secret.encode())
        async with self._storage.write() as transaction:
            await store.put_pending(transaction.connection, user_id, sealed, self._storage.clock.now())
        uri = totp.uri(secret, user_id)
        return Enrolment(secret, uri, totp.picture(uri))

    async def pending_step(self, user_id: str, code: str) -> int:
        """The step of the first code of a new secret. Raises `WrongCode`, `NoSecondFactor`."""
        async with self._storage.read() as connection:
            found = await store.factor(connection, user_id, "pending")
        if found is None:
            raise NoSecondFactor("nothing is to be confirmed", remedy="start with a new QR code")
        step = await self._step(user_id, found, code)
        if step is None:
            raise WrongCode(remedy="check the phone's clock, and enter the code that it shows now")
        return step

    async def activate(self, connection: AsyncConnection, user_id: str, step: int) -> list[str]:
        """The new secret counts from now on; its recovery codes. To be done in one transaction."""
        if not await store.activate(connection, user_id, step, self._storage.clock.now()):
            raise NoSecondFactor("nothing is to be confirmed", remedy="start with a new QR code")
        return await self.renew_codes(connection, user_id)

    async def renew_codes(self, connection: AsyncConnection, user_id: str) -> list[str]:
        """New recovery codes in place of all earlier ones: this is the only time that they are told."""
        fresh = recovery.new_codes()
        digests = [found for code in fresh if (found := recovery.digest(code)) is not None]
        await store.replace_codes(connection, user_id, digests)
        return fresh

    async def redeem(self, user_id: str, code: str) -> Literal["code", "recovery"] | None:
        """Use a code of the app or a recovery code up; None for one that is wrong or was used."""
        typed = "".join(code.split())
        digest = recovery.digest(typed)
        now = self._storage.clock.now()
        if digest is not None:
            async with self._storage.write() as transaction:
                used = await store.use_code(transaction.connection, user_id, digest, now)
            return "recovery" if used else None
        async with self._storage.read() as connection:
            found = await store.factor(connection, user_id, "active")
        step = await self._step(user_id, found, typed) if found else None
        if step is None:
            return None
        async with self._storage.write() as transaction:
            used = await store.use_step(transaction.connection, user_id, step)
        return "code" if used else None

    async def _step(self, user_id: str, found: store.Factor, code: str) -> int | None:
        secret = (await self._ring.keys()).open(PURPOSE, user_id, found.sealed).decode()
        step = totp.step_of(secret, "".join(code.split()), self._storage.clock.now())
        return step if step is not None and step > found.last_step else None
