"""The file of seal keys: one key a line, 64 hexadecimal digits; the last one seals, all of them verify.

It has the mode 0600 and stands outside the database, beside the key that signs the heads. Every program that
writes records needs it; the signing key is needed by the one that signs.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cdr.errors import KeyTrouble
from core.private import write_private
from core.storage import SealKey, SealKeys

_INIT = "run: songhua audit init-key"
_SIZE = 32
_MOST_BYTES = 100_000


def beside(signing_key: Path) -> Path:
    """Where seal keys stand unless the settings say otherwise."""
    return signing_key.with_name(signing_key.name + ".seal")


def init(path: Path) -> SealKey:
    """Make the file with its first key. Raises `KeyTrouble` when there is one: what it sealed could not be
    verified any more.
    """
    key = _new()
    try:
        write_private(path, _line(key))
    except FileExistsError as error:
        raise KeyTrouble(
            "a seal key is already there", remedy=f"keep {path}, or run: songhua audit rotate-key"
        ) from error
    except OSError as error:
        raise KeyTrouble(
            f"cannot write {path}: {error.strerror}", remedy="run this as the service's user"
        ) from error
    return key


def rotate(path: Path) -> SealKey:
    """Add a key that seals from now on. Raises `KeyTrouble` as `load` does."""
    load(path)
    key = _new()
    with path.open("ab+") as stream:
        stream.seek(-1, os.SEEK_END)
        # One that was restored by hand may lack the end of its last line.
        stream.write((b"" if stream.read(1) == b"\n" else b"\n") + _line(key))
        stream.flush()
        os.fsync(stream.fileno())
    return key


def load(path: Path) -> SealKeys:
    """The keys in the file. Raises `KeyTrouble` when it is missing, damaged, or readable by others."""
    try:
        with path.open("rb") as stream:
            text = stream.read(_MOST_BYTES)
        others = path.stat().st_mode & 0o077
    except OSError as error:
        raise KeyTrouble(
            f"cannot read the chain's seal key ({type(error).__name__})", remedy=f"check {path}, or {_INIT}"
        ) from error
    if others:
        raise KeyTrouble("other users may read the chain's seal key", remedy=f"run: chmod 600 {path}")
    keys = [_key(line, path) for line in text.splitlines() if line.strip()]
    if not keys:
        raise KeyTrouble("the chain's seal key is damaged", remedy=f"restore {path} from its copy")
    return SealKeys(keys)


def _new() -> SealKey:
    return SealKey(secrets.token_bytes(_SIZE))


def _line(key: SealKey) -> bytes:
    return key.secret.hex().encode() + b"\n"


def _key(line: bytes, path: Path) -> SealKey:
    try:
        secret = bytes.fromhex(line.strip().decode("ascii"))
    except ValueError:
        secret = b""
    if len(secret) != _SIZE:
        raise KeyTrouble("the chain's seal key is damaged", remedy=f"restore {path} from its copy")
    return SealKey(secret)
