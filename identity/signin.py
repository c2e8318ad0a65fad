"""Sign-in: the order of its checks, and what happens after wrong answers."""

from __future__ import annotations

import contextlib
import unicodedata
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Protocol

from core.errors import SonghuaError
from core.log import logger
from core.metrics import counter
from core.storage import Storage, StorageAway
from identity import devices, store
from identity.errors import (
    KeyUnusable,
    PasswordNotHere,
    SecondFactorNeeded,
    SignInAgain,
    TooManyAttempts,
    WrongCode,
    WrongCredentials,
    WrongPasskey,
    WrongPassword,
)
from identity.guessing.limits import CountedTry, Kind, SignInAttempt, SignInLimits
from identity.guessing.watch import AttackDetector
from identity.keys import KeyRing, fingerprint
from identity.model import Session, User
from identity.origin import RequestOrigin
from identity.passkeys.service import PasskeyChallenge, Passkeys
from identity.passwords.hashing import Passwords
from identity.second.service import SecondFactors
from identity.settings import IdentitySettings

PASSWORD, PROVIDER = "password", "provider"
"""The first step of a sign-in."""
TICKET = "ticket"
TICKET_S = 300.0
"""So long after the password the code may come."""
MOST_AUDITED = 100
"""Failures that are audited one by one within a window; an attack is audited as a whole."""
UNKNOWN = "user:?"
"""Whose sign-in failed when nobody has the name: what was typed may be a password."""

_log = logger("identity")
_unaudited = counter(
    "identity_failures_unaudited", "Failed sign-ins beyond those that are audited one by one"
)


class OpenSession(Protocol):
    """`of`: the hash of the password by which it is opened, if it is by one."""

    async def __call__(
        self, user: User, origin: RequestOrigin, detail: dict[str, str], *, of: str = ""
    ) -> tuple[str, Session]: ...


class SigningIn:
    """`open_session` makes the session of somebody who has proved who he is."""

    def __init__(
        self,
        storage: Storage,
        settings: IdentitySettings,
        passwords: Passwords,
        *,
        open_session: OpenSession,
    ) -> None:
        clock = storage.clock
        guessing = settings.guessing
        self._storage = storage
        self._guessing = guessing
        self._oidc = settings.oidc
        self._passwords = passwords
        self._open = open_session
        self.ring = KeyRing(storage, settings.key_file)
        self.second = SecondFactors(storage, self.ring)
        self.passkeys = Passkeys(storage, self.ring, settings.passkeys)
        self.limits = SignInLimits(guessing, storage.clock.monotonic)
        self.watch = AttackDetector(clock, threshold=guessing.attack, window_s=guessing.window_s)
        self._audited: deque[float] = deque()

    async def by_password(self, user_id: str, password: str, origin: RequestOrigin) -> tuple[str, Session]:
        """A new session and its secret token, for the cookie.

        Raises `WrongCredentials`, `TooManyAttempts`; `SecondFactorNeeded` with the ticket of the second step;
        `SignInAgain` when the password was changed meanwhile.
        """
        name = user_id.strip().lower()[:63]
        attempt = SignInAttempt("password", name, origin.address, await self._device(origin, name))
        found = await self._compare(attempt, password)
        if found is None:
            raise WrongCredentials
        user, password_hash = found
        if self._provider_alone(user):
            raise PasswordNotHere(remedy="use the provider's button; see identity.oidc.password_roles")
        if await self.second.is_on(user.id):
            raise await self._needed(user, password_hash, PASSWORD)
        return await self._open(user, origin, {"by": PASSWORD}, of=password_hash)

    async def by_code(self, ticket: str, code: str, origin: RequestOrigin) -> tuple[str, Session]:
        """The second step. Raises `WrongCode`, `TooManyAttempts`; `SignInAgain` when the first step counts
        no more.
        """
        user, password_hash, first = await self._of_ticket(ticket)
        attempt = SignInAttempt("code", user.id, origin.address, await self._device(origin, user.id))
        how = await self._redeem(attempt, code)
        return await self._open(user, origin, {"by": f"{first}, {how}"}, of=password_hash)

    async def ask_passkey(self, ticket: str) -> PasskeyChallenge:
        """What a device of whose ticket this is has to sign. Raises `SignInAgain`, `NoPasskeys`."""
        user, _, _ = await self._of_ticket(ticket)
        return await self.passkeys.ask_proof(user.id)

    async def by_passkey(
        self, ticket: str, asked: str, credential: Mapping[str, Any], origin: RequestOrigin
    ) -> tuple[str, Session]:
        """The second step by a passkey. Raises `WrongPasskey`, `TooManyAttempts`, `SignInAgain`."""
        user, password_hash, first = await self._of_ticket(ticket)
        attempt = SignInAttempt("code", user.id, origin.address, await self._device(origin, user.id))
        with self._watching(attempt):
            place = self.limits.take(attempt)
        try:
            await self.passkeys.check_proof(user.id, asked, credential)
        except WrongPasskey as error:
            await self._failed(attempt, known=True, why=f"passkey: {error.detail}")
            raise
        except SonghuaError:
            place.give_back()
            raise
        place.give_back()
        return await self._open(user, origin, {"by": f"{first}, passkey"}, of=password_hash)

    async def prove(
        self, user: User, password: str, origin: RequestOrigin, token: str, code: str | None = None
    ) -> None:
        """Confirm the identity of a signed-in person by password, and by code where one is given. Wrong ones
        count for this session alone. Raises `WrongPassword`, `WrongCode`, `TooManyAttempts`.
        """
        device = f"session {fingerprint(token)}"
        if await self._compare(SignInAttempt("password", user.id, origin.address, device), password) is None:
            raise WrongPassword
        if code is not None:
            await self._redeem(SignInAttempt("code", user.id, origin.address, device), code)

    async def by_provider(self, user: User, origin: RequestOrigin) -> tuple[str, Session]:
        """For whom the OpenID provider has proved. Raises `SecondFactorNeeded`."""
        if await self.second.is_on(user.id):
            async with self._storage.read() as connection:
                found = await store.user_with_hash(connection, user.id)
            password_hash = found[1] if found else ""
            raise await self._needed(user, password_hash, PROVIDER)
        return await self._open(user, origin, {"by": PROVIDER})

    async def wrong_token(self, address: str) -> None:
        """Count an API token that never was one: nobody guesses one, but who tries is seen. Raises
        `TooManyAttempts`.
        """
        self.take_place("token", address)
        await self.failed("token", address)

    def take_place(self, kind: Kind, address: str) -> CountedTry:
        """Take the slot of an attempt without a user name; it counts as wrong until it is given back. Raises
        `TooManyAttempts`.
        """
        attempt = SignInAttempt(kind, "", address)
        with self._watching(attempt):
            return self.limits.take(attempt)

    async def failed(self, kind: Kind, address: str, why: str = "") -> None:
        """Such a try was wrong: it is seen and audited."""
        await self._failed(SignInAttempt(kind, "", address), known=False, why=why)

    async def _needed(self, user: User, password_hash: str, first: str) -> SecondFactorNeeded:
        ticket = await self._ticket(user.id, password_hash, first=first)
        passkey = self.passkeys.available and await self.second.has_passkeys(user.id)
        return SecondFactorNeeded(ticket=ticket, passkey=passkey)

    def _provider_alone(self, user: User) -> bool:
        return bool(self._oidc.issuer) and user.roles.isdisjoint(self._oidc.password_roles)

    async def fits(self, attempt: SignInAttempt, plain: str, password_hash: str | None) -> bool:
        """Whether this secret, which is no person's password, has this hash: under the limits of passwords,
        and a wrong one is counted, watched and audited alike. Raises `TooManyAttempts`.
        """
        with self._watching(attempt):
            self.limits.check(attempt)
            async with self._passwords.turn(attempt.lane, known=False):
                place = self.limits.take(attempt)
                fits = await self._passwords.fits(password_hash, plain)
        if fits:
            place.give_back()
            return True
        await self._failed(attempt, known=True)
        return False

    async def hashed(self, plain: str) -> str:
        """The hash of a secret that we chose, for `fits`."""
        async with self._passwords.turn():
            return await self._passwords.hash(plain)

    async def device_cookie(self, origin: RequestOrigin, user_id: str) -> str:
        """The device's cookie after a sign-in of this person; empty where the key cannot be used: that keeps
        nobody out who has no second factor.
        """
        now = self._storage.clock.now().timestamp()
        try:
            return devices.after_sign_in(await self.ring.keys(), origin.device, user_id, now=now)
        except KeyUnusable as error:
            _log.warning("no device becomes known", why=error.detail, remedy=error.remedy)
            return ""

    async def _device(self, origin: RequestOrigin, name: str) -> str:
        if not origin.device:
            return ""
        now = self._storage.clock.now().timestamp()
        days = self._guessing.device_days
        try:
            return devices.known(await self.ring.keys(), origin.device, name, now=now, days=days)
        except KeyUnusable:
            return ""

    async def _compare(self, attempt: SignInAttempt, password: str) -> tuple[User, str] | None:
        """The person whose password this is. A place is taken before anything is compared."""
        plain = unicodedata.normalize("NFKC", password)
        with self._watching(attempt):
            self.limits.check(attempt)
            async with self._passwords.turn(attempt.lane, known=bool(attempt.device)):
                place = self.limits.take(attempt)
                try:
                    async with self._storage.read() as connection:
                        found = await store.user_with_hash(connection, attempt.name)
                except StorageAway:
                    place.give_back()
                    raise
                fits = await self._passwords.fits(found[1] if found else None, plain)
                if found is not None and fits and found[0].active:
                    place.give_back()
                    return found[0], await self._renewed(*found, plain)
        await self._failed(attempt, known=found is not None)
        return None

    async def _redeem(self, attempt: SignInAttempt, code: str) -> str:
        with self._watching(attempt):
            place = self.limits.take(attempt)
        try:
            how = await self.second.redeem(attempt.name, code)
        except SonghuaError:
            place.give_back()
            raise
        if how is None:
            await self._failed(attempt, known=True)
            raise WrongCode(remedy="enter the code that the app shows now, or a recovery code")
        place.give_back()
        return how

    @contextlib.contextmanager
    def _watching(self, attempt: SignInAttempt) -> Iterator[None]:
        try:
            yield
        except TooManyAttempts:
            self.watch.refused(attempt)
            raise

    async def _renewed(self, user: User, password_hash: str, plain: str) -> str:
        """A hash of an earlier cost gives way to one of today's, while the password is at hand."""
        if not self._passwords.is_old(password_hash):
            return password_hash
        renewed = await self._passwords.hash(plain)
        try:
            async with self._storage.write() as transaction:
                kept = await store.renew_hash(transaction.connection, user.id, password_hash, renewed)
        except StorageAway:
            return password_hash
        return renewed if kept else password_hash

    async def _failed(self, attempt: SignInAttempt, *, known: bool, why: str = "") -> None:
        self.watch.failed(attempt)
        now = self._storage.clock.monotonic()
        while self._audited and self._audited[0] <= now - self._guessing.window_s:
            self._audited.popleft()
        if len(self._audited) >= MOST_AUDITED:
            _unaudited.inc()
            return
        self._audited.append(now)
        detail = {
            "address": attempt.address,
            "wrong": attempt.kind,
            "device": "known" if attempt.device else "new",
            **({"why": why[:200]} if why else {}),
        }
        with contextlib.suppress(StorageAway):
            async with self._storage.write() as transaction:
                await store.add_audit(
                    transaction.connection, self._storage.clock.now(), "system:sign-in", "sign-in-failed",
                    f"user:{attempt.name}" if known else UNKNOWN, detail,
                )  # fmt: skip

    async def _ticket(self, user_id: str, password_hash: str, *, first: str) -> str:
        until = self._storage.clock.now() + timedelta(seconds=TICKET_S)
        content = {
            "user": user_id, "until": until.timestamp(), "of": fingerprint(password_hash), "first": first,
        }  # fmt: skip
        return (await self.ring.keys()).sign(TICKET, content)

    async def _of_ticket(self, ticket: str) -> tuple[User, str, str]:
        """The user, the password's hash, and the kind of the first step."""
        content = (await self.ring.keys()).read(TICKET, ticket)
        if content is None or content["until"] <= self._storage.clock.now().timestamp():
            raise SignInAgain(remedy="enter user name and password again")
        async with self._storage.read() as connection:
            found = await store.user_with_hash(connection, content["user"])
        if found is None or not found[0].active or fingerprint(found[1]) != content["of"]:
            raise SignInAgain(remedy="enter user name and password again")
        return *found, str(content.get("first", PASSWORD))
