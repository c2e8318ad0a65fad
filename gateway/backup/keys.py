"""The key that encrypts archives: made from a key file, which holds a key or a passphrase."""

from __future__ import annotations

import re
import secrets
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from core.private import write_private
from gateway.backup.errors import ArchiveRefused, BackupKeyTrouble

KEY_BYTES: Final = 32
SHORTEST_PASSPHRASE: Final = 12
LARGEST_FILE: Final = 4_096
OTHERS: Final = 0o007
SCRYPT: Final = {"name": "scrypt", "n": 1 << 17, "r": 8, "p": 1}
PLAIN: Final = {"name": "key"}
MOST_N: Final = 1 << 20
"""A stranger's archive makes us use at most a gigabyte."""
_HEX: Final = re.compile(rb"[0-9a-fA-F]{64}")
_INIT: Final = "songhua backup init-key makes one"


@dataclass(frozen=True, slots=True)
class BackupKey:
    """`secret` is the key itself, or a passphrase that scrypt makes one of."""

    secret: bytes
    is_passphrase: bool

    @property
    def kdf(self) -> dict[str, Any]:
        """How a new archive says that its key is made."""
        return dict(SCRYPT if self.is_passphrase else PLAIN)

    def of(self, kdf: dict[str, Any], salt: bytes) -> bytes:
        """The archive's 32 bytes. Raises `ArchiveRefused` for a way that this version does not know, and
        `BackupKeyTrouble` where the archive wants the other kind of key.
        """
        if kdf == PLAIN:
            if self.is_passphrase:
                raise BackupKeyTrouble(
                    "the archive was encrypted with a key, and the file holds a passphrase",
                    remedy="name the file of the key: --key-file",
                )
            return self.secret
        if not self.is_passphrase:
            raise BackupKeyTrouble(
                "the archive was encrypted with a passphrase, and the file holds a key",
                remedy="name the file of the passphrase: --key-file",
            )
        n, r, p = kdf.get("n"), kdf.get("r"), kdf.get("p")
        known = kdf.keys() == SCRYPT.keys() and kdf.get("name") == "scrypt"
        if not known or type(n) is not int or not 2 <= n <= MOST_N or n & (n - 1) or (r, p) != (8, 1):
            raise ArchiveRefused("its key is made in a way that this version does not know")
        with _ONE_AT_A_TIME:
            return Scrypt(salt=salt, length=KEY_BYTES, n=n, r=8, p=1).derive(self.secret)


_ONE_AT_A_TIME: Final = threading.Lock()


def derived(key: bytes, salt: bytes, what: bytes) -> bytes:
    """A key of its own for one archive and purpose."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=what).derive(key)


def load(path: Path | None) -> BackupKey:
    """32 bytes, 64 hex digits, or a passphrase. Raises `BackupKeyTrouble`."""
    if path is None:
        raise BackupKeyTrouble(
            "no key file is named", remedy=f"set [backup] key_file, or give --key-file; {_INIT}"
        )
    try:
        with path.open("rb") as stream:
            mode = path.stat().st_mode
            raw = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise BackupKeyTrouble(f"{path}: {error.strerror}", remedy=_INIT) from error
    if mode & OTHERS:
        raise BackupKeyTrouble(f"everybody may read {path}", remedy=f"chmod o= {path}")
    if len(raw) == KEY_BYTES:
        return BackupKey(raw, is_passphrase=False)
    text = raw.strip(b"\r\n")
    if _HEX.fullmatch(text):
        return BackupKey(bytes.fromhex(text.decode()), is_passphrase=False)
    if not SHORTEST_PASSPHRASE <= len(text) <= LARGEST_FILE:
        raise BackupKeyTrouble(
            f"{path} holds neither a key nor a passphrase of {SHORTEST_PASSPHRASE} characters", remedy=_INIT
        )
    return BackupKey(text, is_passphrase=True)


def init(path: Path) -> None:
    """Write a new key, as hex. Raises `BackupKeyTrouble` where there is a file."""
    try:
        write_private(path, secrets.token_hex(KEY_BYTES).encode() + b"\n")
    except FileExistsError as error:
        raise BackupKeyTrouble(
            f"{path} is already there", remedy="keep it: older backups need it; or name another file"
        ) from error
    except OSError as error:
        raise BackupKeyTrouble(f"{path}: {error.strerror}", remedy="run it as root") from error
