"""The outermost layer of an archive: a header in the open, and encrypted chunks of which none can be changed,
moved, repeated or left out, nor the end cut off.

    magic, length of the header (4 bytes, big endian), header (JSON), chunks

Each chunk holds 1 MiB, the last one what is left, encrypted by AES-256-GCM. Its nonce is the number of the
chunk (11 bytes) and whether it is the last (1 byte). Its key is HKDF-SHA256 over the archive's key, with the
header's salt and the SHA-256 of the header, so that the header is proved too. The archive's key is that of
the key file, or scrypt over its passphrase with the numbers in the header.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import IO, Any, BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.backup.errors import ArchiveRefused, BackupKeyTrouble
from gateway.backup.keys import BackupKey, derived

MAGIC: Final = b"songhua-backup\n"
FORMAT: Final = 1
CHUNK: Final = 1 << 20
TAG: Final = 16
LARGEST_HEADER: Final = 4_096
_DAMAGED: Final = "it is damaged at its beginning"
_SALT: Final = 32
_CHECK: Final = b"songhua-backup/check"
_STREAM: Final = b"songhua-backup/stream/"

Header = Mapping[str, Any]


class SealedWriter:
    """Encrypts what is written to it. `close` writes the last chunk; without it the archive is cut off."""

    def __init__(self, stream: BinaryIO, key: BackupKey, said: Header) -> None:
        self._stream = stream
        salt = secrets.token_bytes(_SALT)
        kdf = key.kdf
        own = key.of(kdf, salt)
        check = derived(own, salt, _CHECK).hex()
        header = {**said, "format": FORMAT, "salt": salt.hex(), "kdf": kdf, "check": check}
        raw = json.dumps(header, ensure_ascii=True, sort_keys=True).encode()
        if len(raw) > LARGEST_HEADER:
            raise ValueError("the header is too long")
        stream.write(MAGIC + len(raw).to_bytes(4, "big") + raw)
        self._cipher = AESGCM(derived(own, salt, _STREAM + hashlib.sha256(raw).digest()))
        self._number = 0
        self._held = bytearray()

    def write(self, data: bytes) -> int:
        self._held += data
        while len(self._held) > CHUNK:
            self._put(bytes(self._held[:CHUNK]), last=False)
            del self._held[:CHUNK]
        return len(data)

    def close(self) -> None:
        self._put(bytes(self._held), last=True)
        self._held.clear()

    def _put(self, data: bytes, *, last: bool) -> None:
        self._stream.write(self._cipher.encrypt(_nonce(self._number, last=last), data, None))
        self._number += 1


class SealedReader:
    """Decrypts. Every byte that `read` returns is proved; that nothing is missing, only its end proves."""

    def __init__(self, stream: BinaryIO, key: BackupKey) -> None:
        """Raises `ArchiveRefused` for what is no archive, `BackupKeyTrouble` for another key's."""
        self._stream = stream
        self.header, raw = read_header(stream)
        salt = bytes.fromhex(self.header["salt"])
        own = key.of(self.header["kdf"], salt)
        if not hmac.compare_digest(derived(own, salt, _CHECK).hex(), self.header["check"]):
            raise BackupKeyTrouble(
                "the archive was encrypted with another key, or is damaged at its beginning",
                remedy="name the file of its key: --key-file",
            )
        self._cipher = AESGCM(derived(own, salt, _STREAM + hashlib.sha256(raw).digest()))
        self._number = 0
        self._next = stream.read(CHUNK + TAG)
        self._plain = b""
        self._at = 0
        self._ended = False

    def read(self, size: int) -> bytes:
        """Up to `size` bytes, fewer only at the end. Raises `ArchiveRefused` where a chunk is damaged."""
        found = bytearray()
        while len(found) < size:
            if self._at == len(self._plain) and not self._more():
                break
            taken = self._plain[self._at : self._at + size - len(found)]
            self._at += len(taken)
            found += taken
        return bytes(found)

    def finish(self) -> None:
        """Read to the end. Raises `ArchiveRefused` where it is damaged or cut off."""
        while self._more():
            pass

    def _more(self) -> bool:
        if self._ended:
            return False
        chunk, self._next = self._next, self._stream.read(CHUNK + TAG)
        last = not self._next
        try:
            self._plain = self._cipher.decrypt(_nonce(self._number, last=last), chunk, None)
        except (InvalidTag, ValueError) as error:
            raise ArchiveRefused(
                f"it is damaged or cut off in its {self._number + 1}. piece of a MiB",
                remedy="take another backup: songhua backup list",
            ) from error
        self._at = 0
        self._number += 1
        self._ended = last
        return True


def read_frame(stream: IO[bytes], magic: bytes) -> tuple[dict[str, Any], bytes]:
    """An object of JSON in the open, after the magic and its length (4 bytes, big endian), and its bytes; the
    stream stands behind it. Raises `ArchiveRefused`.
    """
    if stream.read(len(magic)) != magic:
        raise ArchiveRefused("it is no backup of Songhua")
    size = int.from_bytes(stream.read(4), "big")
    raw = stream.read(size) if size <= LARGEST_HEADER else b""
    try:
        header = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ArchiveRefused(_DAMAGED) from error
    if len(raw) != size or not isinstance(header, dict):
        raise ArchiveRefused(_DAMAGED)
    return header, raw


def read_header(stream: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """What an archive says of itself in the open, and its bytes; the stream stands behind it. Without the key
    nothing of it is proved. Raises `ArchiveRefused`.
    """
    header, raw = read_frame(stream, MAGIC)
    try:
        salt, check = bytes.fromhex(header["salt"]), header["check"]
        sound = len(salt) == _SALT and isinstance(check, str) and isinstance(header["kdf"], dict)
    except (ValueError, KeyError, TypeError) as error:
        raise ArchiveRefused(_DAMAGED) from error
    if not sound or not check.isascii():
        raise ArchiveRefused(_DAMAGED)
    if header.get("format") != FORMAT:
        raise ArchiveRefused(
            f"its format {header.get('format')!r} is not known here", remedy="use the version that made it"
        )
    return header, raw


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
