"""Passkeys of one person: making one, listing and removing them, and a proof by one (WebAuthn level 2, by
py_webauthn). Who may ask, and with which proof, the callers decide.

A challenge travels as a signed text that names its person and purpose, and counts once.
"""

from __future__ import annotations

import json
import secrets
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import webauthn
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from core.errors import NotFound
from core.storage import Storage
from identity.errors import BadPasskey, NoPasskeys, WrongPasskey
from identity.keys import KeyRing
from identity.passkeys import store
from identity.passkeys.settings import PasskeySettings
from identity.passkeys.store import Passkey

PURPOSE: Final = "passkey"
CHALLENGE_S: Final = 300.0
LONGEST_NAME: Final = 60
MOST_USED: Final = 5_000
"""Challenges that are remembered as used; more in five minutes are more than sign-ins."""
_REFUSED: Final = (webauthn.helpers.exceptions.WebAuthnException, ValueError, TypeError, KeyError, IndexError)

Kind = Literal["make", "sign-in"]


@dataclass(frozen=True, slots=True)
class PasskeyChallenge:
    """What a browser is given: `options` as JSON of WebAuthn, and the `challenge` that it sends back."""

    options: dict[str, Any]
    challenge: str


class Passkeys:
    def __init__(self, storage: Storage, ring: KeyRing, settings: PasskeySettings) -> None:
        self._storage = storage
        self._ring = ring
        self._settings = settings
        self._used: OrderedDict[str, float] = OrderedDict()

    @property
    def available(self) -> bool:
        """Whether the settings name the address that passkeys belong to."""
        return bool(self._settings.address)

    async def listed(self, user_id: str) -> list[Passkey]:
        """The user's passkeys, oldest first."""
        async with self._storage.read() as connection:
            return await store.of(connection, user_id)

    async def ask_new(self, user_id: str, name: str) -> PasskeyChallenge:
        """For a new passkey of this person. Raises `NoPasskeys`, `BadPasskey` for one too many."""
        self._check_available()
        known = await self.listed(user_id)
        if len(known) >= self._settings.most:
            raise BadPasskey(f"at most {self._settings.most}", remedy="remove one first")
        challenge = secrets.token_bytes(32)
        options = webauthn.generate_registration_options(
            rp_id=self._settings.host,
            rp_name="Songhua",
            user_id=user_id.encode(),
            user_name=user_id,
            user_display_name=name,
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.DISCOURAGED,
                user_verification=UserVerificationRequirement.PREFERRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=one.credential_id) for one in known],
        )
        return await self._asked(user_id, "make", challenge, webauthn.options_to_json(options))

    async def add(
        self,
        connection: AsyncConnection,
        user_id: str,
        challenge: bytes,
        credential: Mapping[str, Any],
        name: str,
    ) -> Passkey:
        """The new passkey, in a transaction of the caller. Raises `BadPasskey`."""
        plain = " ".join(name.split())
        if not 1 <= len(plain) <= LONGEST_NAME or not plain.isprintable():
            raise BadPasskey(f"a name has 1 to {LONGEST_NAME} characters", remedy="name the device")
        try:
            verified = webauthn.verify_registration_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=self._settings.host,
                expected_origin=self._settings.origin,
            )
        except _REFUSED as error:
            raise BadPasskey(f"its proof is not valid: {type(error).__name__}") from error
        now = self._storage.clock.now()
        made = Passkey(
            secrets.token_hex(6), user_id, verified.credential_id, verified.credential_public_key,
            verified.sign_count, plain, now,
        )  # fmt: skip
        try:
            await store.add(connection, made)
        except IntegrityError as error:
            raise BadPasskey("this device is set up already", remedy="use another one") from error
        return made

    async def ask_proof(self, user_id: str) -> PasskeyChallenge:
        """For a proof by one of this person's passkeys. Raises `NoPasskeys`."""
        self._check_available()
        known = await self.listed(user_id)
        if not known:
            raise NoPasskeys(remedy="use a code")
        challenge = secrets.token_bytes(32)
        options = webauthn.generate_authentication_options(
            rp_id=self._settings.host,
            challenge=challenge,
            allow_credentials=[PublicKeyCredentialDescriptor(id=one.credential_id) for one in known],
            user_verification=UserVerificationRequirement.PREFERRED,
        )
        return await self._asked(user_id, "sign-in", challenge, webauthn.options_to_json(options))

    async def check_proof(self, user_id: str, asked: str, credential: Mapping[str, Any]) -> None:
        """Raises `WrongPasskey` for anything but a proof by a passkey of this person for what was asked."""
        challenge = await self.challenge(user_id, "sign-in", asked)
        passkey = _named(await self.listed(user_id), credential)
        try:
            verified = webauthn.verify_authentication_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=self._settings.host,
                expected_origin=self._settings.origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
            )
        except _REFUSED as error:
            raise WrongPasskey(type(error).__name__) from error
        now = self._storage.clock.now()
        async with self._storage.write() as transaction:
            counts = await store.use(transaction.connection, passkey.passkey_id, verified.new_sign_count, now)
        if not counts:
            raise WrongPasskey("its count did not rise")

    async def remove(self, connection: AsyncConnection, user_id: str, passkey_id: str) -> None:
        """Raises `NotFound`."""
        if not await store.remove(connection, user_id, passkey_id):
            raise NotFound(f"no passkey {passkey_id[:20]!r}")

    async def challenge(self, user_id: str, kind: Kind, asked: str) -> bytes:
        """What was asked of this person for this purpose; it counts once. Raises `BadPasskey` for a new one,
        `WrongPasskey` for a proof.
        """
        now = self._storage.clock.now().timestamp()
        told = (await self._ring.keys()).read(PURPOSE, asked)
        fits = told is not None and (told["user"], told["kind"]) == (user_id, kind) and told["until"] > now
        if told is None or not fits or told["challenge"] in self._used:
            refused = BadPasskey if kind == "make" else WrongPasskey
            raise refused("nothing such was asked", remedy="start again")
        self._used[told["challenge"]] = told["until"]
        while self._used and (len(self._used) > MOST_USED or next(iter(self._used.values())) <= now):
            self._used.popitem(last=False)
        return base64url_to_bytes(told["challenge"])

    async def _asked(self, user_id: str, kind: Kind, challenge: bytes, options: str) -> PasskeyChallenge:
        until = self._storage.clock.now().timestamp() + CHALLENGE_S
        told = {"user": user_id, "kind": kind, "until": until, "challenge": bytes_to_base64url(challenge)}
        return PasskeyChallenge(json.loads(options), (await self._ring.keys()).sign(PURPOSE, told))

    def _check_available(self) -> None:
        if not self.available:
            raise NoPasskeys(
                "this desk has no name that passkeys belong to", remedy="see identity.passkeys.address"
            )


def _named(known: Sequence[Passkey], credential: Mapping[str, Any]) -> Passkey:
    try:
        credential_id = base64url_to_bytes(str(credential.get("id", "")))
    except ValueError as error:
        raise WrongPasskey("no such passkey") from error
    found = next((one for one in known if one.credential_id == credential_id), None)
    if found is None:
        raise WrongPasskey("it is none of this person")
    return found
