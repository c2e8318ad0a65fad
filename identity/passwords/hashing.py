"""Hashes of passwords (argon2id, RFC 9106), computed a few at a time."""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from argon2.low_level import ARGON2_VERSION

from identity.guessing.turns import SignInTurns

AT_ONCE = 2
"""Each takes a core and 46 MB: more at once would starve the calls."""
OWN_LANE = "new passwords"


def hasher() -> PasswordHasher:
    """46 MiB, one pass, one lane: what OWASP's Password Storage Cheat Sheet and ASVS 5 (11.4.2) ask for. A
    twentieth of a second of one core, so that a shift of a hundred signs in within seconds.
    """
    return PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)


class Passwords:
    """`hash` and `fits` are to be used inside a turn."""

    def __init__(self, argon: PasswordHasher | None = None) -> None:
        self._argon = argon or hasher()
        self._turns = SignInTurns(AT_ONCE)
        self._decoy = decoy(self._argon)

    @asynccontextmanager
    async def turn(self, lane: str = OWN_LANE, *, known: bool = True) -> AsyncIterator[None]:
        """Raises `TooManyAttempts` when too many wait in this lane."""
        async with self._turns.turn(lane, known=known):
            yield

    async def hash(self, password: str) -> str:
        """Argon2id in a thread: it takes memory and a tenth of a second."""
        return await asyncio.to_thread(self._argon.hash, password)

    async def fits(self, password_hash: str | None, password: str) -> bool:
        """Without a hash it costs the same: an unknown name takes as long as a known one."""
        try:
            fits = await asyncio.to_thread(self._argon.verify, password_hash or self._decoy, password)
        except (Argon2Error, InvalidHashError):
            return False
        return fits and password_hash is not None

    def is_old(self, password_hash: str) -> bool:
        """Whether the hash was made with another cost than today's."""
        return self._argon.check_needs_rehash(password_hash)


def decoy(argon: PasswordHasher) -> str:
    """Looks like one of this hasher's hashes, and to try a password on it costs the same; none fits. To hash
    one for it would hold up every start.
    """
    salt, tag = (
        base64.b64encode(secrets.token_bytes(size)).rstrip(b"=").decode()
        for size in (argon.salt_len, argon.hash_len)
    )
    cost = f"m={argon.memory_cost},t={argon.time_cost},p={argon.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${cost}${salt}${tag}"
