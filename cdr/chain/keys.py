"""The key that signs the chain's heads: Ed25519, in a file of its own outside the database."""

from __future__ import annotations

from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cdr.errors import KeyTrouble
from core.private import write_private

_INIT = "run: songhua audit init-key"


def init_key(path: Path) -> Path:
    """Make a new key at `path` (mode 0600) and its public half at `path`.pub; the latter is returned.

    Raises `KeyTrouble` when there is a key already: heads signed with it could not be verified any more.
    """
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        write_private(path, pem)
    except FileExistsError as error:
        raise KeyTrouble(
            "a key is already there", remedy=f"keep {path}; move it away only together with its chain"
        ) from error
    except OSError as error:
        raise KeyTrouble(
            f"cannot write {path}: {error.strerror}", remedy="run this as the service's user"
        ) from error
    public = public_path(path)
    public.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return public


def public_path(path: Path) -> Path:
    """Where the public half of a signing key lies."""
    return path.with_name(path.name + ".pub")


def load_private(path: Path) -> Ed25519PrivateKey:
    """Raises `KeyTrouble` when the key is missing, no Ed25519 key, or readable by others."""
    pem = _read(path)
    if path.stat().st_mode & 0o077:
        raise KeyTrouble("other users may read the chain's key", remedy=f"run: chmod 600 {path}")
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise KeyTrouble("the chain's key is damaged", remedy=f"restore {path} from its copy") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyTrouble("the chain's key is no Ed25519 key", remedy=_INIT)
    return key


def load_public(path: Path) -> Ed25519PublicKey:
    """The public half, from the private or the public file. Raises `KeyTrouble`."""
    pem = _read(path)
    if b"PRIVATE" in pem:
        return load_private(path).public_key()
    try:
        key = serialization.load_pem_public_key(pem)
    except ValueError as error:
        raise KeyTrouble("the public key is damaged", remedy=f"restore {path} from its copy") from error
    if not isinstance(key, Ed25519PublicKey):
        raise KeyTrouble("the public key is no Ed25519 key", remedy=_INIT)
    return key


def is_signed(key: Ed25519PublicKey, message: bytes, signature: bytes) -> bool:
    """Whether it is an Ed25519 signature of this key over the message."""
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise KeyTrouble(
            f"cannot read the chain's key ({type(error).__name__})", remedy=f"check {path}, or {_INIT}"
        ) from error
