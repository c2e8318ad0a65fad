"""The key of the room: it signs device cookies and the tickets between two steps of a sign-in, and seals the
secrets of second factors.

With `identity.key_file` it stands in a file outside the database, and whoever steals the database alone opens
no secret of a second factor. Without it, it stands in the database.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hmac
import json
import secrets
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Column, LargeBinary, String, Table, select

from core.private import write_private
from core.storage import Storage
from core.storage.dialect import insert_if_new
from core.storage.schema import metadata
from identity.errors import KeyUnusable

SIZE = 32
_NONCE = 12
_MOST = 4_096
_NAME = "root"

keys = Table(
    "identity_key",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("key", LargeBinary(SIZE), nullable=False),
)


class Keys:
    """Signs and seals. Each purpose has a key of its own, derived from the one that is kept."""

    def __init__(self, root: bytes) -> None:
        self._root = root

    def _of(self, purpose: str) -> bytes:
        return hmac.digest(self._root, f"songhua identity {purpose}".encode(), "sha256")

    def tag(self, purpose: str, text: str) -> str:
        """A short name for `text` that nobody can guess who has not the key."""
        return _to_text(hmac.digest(self._of(purpose), text.encode(), "sha256")[:12])

    def sign(self, purpose: str, content: dict[str, Any]) -> str:
        """`content` as text that only we can have written."""
        body = json.dumps(content, separators=(",", ":")).encode()
        return f"{_to_text(body)}.{_to_text(hmac.digest(self._of(purpose), body, 'sha256'))}"

    def read(self, purpose: str, signed: str) -> dict[str, Any] | None:
        """The content of what `sign` made for this purpose; None for all else."""
        if len(signed) > _MOST:
            return None
        first, _, second = signed.partition(".")
        body, mark = _to_bytes(first), _to_bytes(second)
        if not hmac.compare_digest(hmac.digest(self._of(purpose), body, "sha256"), mark):
            return None
        content: dict[str, Any] = json.loads(body)
        return content

    def seal(self, purpose: str, owner: str, secret: bytes) -> bytes:
        """Encrypted for this owner (AES-256-GCM)."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self._of(purpose)).encrypt(nonce, secret, owner.encode())

    def open(self, purpose: str, owner: str, sealed: bytes) -> bytes:
        """Raises `KeyUnusable` when another key, or another owner, sealed it."""
        try:
            return AESGCM(self._of(purpose)).decrypt(sealed[:_NONCE], sealed[_NONCE:], owner.encode())
        except (InvalidTag, ValueError) as error:
            raise KeyUnusable(
                "the secret of a second factor was sealed by another key",
                remedy="restore the file of identity.key_file, or reset the second factor: "
                "songhua user reset-second-factor",
            ) from error


class KeyRing:
    """Finds the key, or makes it, when it is first needed."""

    def __init__(self, storage: Storage, file: Path | None) -> None:
        self._storage = storage
        self._file = file
        self._keys: Keys | None = None

    async def keys(self) -> Keys:
        """Raises `KeyUnusable` for a file that holds no key, `StorageAway` while the database is away."""
        if self._keys is None:
            root = self._from_file(self._file) if self._file else await self._from_database()
            self._keys = Keys(root)
        return self._keys

    def _from_file(self, file: Path) -> bytes:
        try:
            if not file.exists():
                with contextlib.suppress(FileExistsError):  # another process was first
                    write_private(file, f"{_to_text(secrets.token_bytes(SIZE))}\n".encode())
            found = _to_bytes(file.read_text(encoding="ascii").strip())
        except (OSError, UnicodeDecodeError) as error:
            raise KeyUnusable(
                f"{file} cannot be read: {type(error).__name__}", remedy="see identity.key_file"
            ) from error
        if len(found) != SIZE:
            raise KeyUnusable(
                f"{file} holds no key", remedy="restore the file, or remove it to get a new key"
            )
        return found

    async def _from_database(self) -> bytes:
        async with self._storage.read() as connection:
            found = (await connection.execute(select(keys.c.key).where(keys.c.name == _NAME))).scalar()
        if found is not None:
            return bytes(found)
        async with self._storage.write() as transaction:
            row = {"name": _NAME, "key": secrets.token_bytes(SIZE)}
            await insert_if_new(transaction.connection, keys, row)
            # Another process may have been first.
            made = await transaction.connection.execute(select(keys.c.key).where(keys.c.name == _NAME))
            return bytes(made.scalar_one())


def fingerprint(text: str) -> str:
    """A short digest of a text, to see whether it has changed."""
    return _to_text(sha256(text.encode()).digest()[:12])


def _to_text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _to_bytes(text: str) -> bytes:
    """The bytes of a base64 text; empty for a text that is not base64."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
