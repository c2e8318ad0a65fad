"""The form of an encrypted recording: AES-256-GCM in chunks, so that a player can seek in it.

`MAGIC | length u16 | header (JSON) | chunk …`. A chunk is 64 KiB of sound and its 16-byte tag. The nonce is 7
random bytes, the chunk's number and whether it is the last (the STREAM construction, Hoang et al. 2015), so
chunks cannot be moved, dropped or cut off. The header names the master key and holds the data key wrapped
with it (RFC 3394); every chunk is bound to the header. Blocking code.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import secrets
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from cdr.errors import DamagedRecording
from cdr.recordings.vault.keys import MasterKeys

MAGIC = b"SGREC1\n\0"
CHUNK = 64 * 1024
TAG = 16
_PREFIX = 7
_MOST_HEADER = 4_096
_AGAIN = "restore the file from its copy"


@dataclass(frozen=True, slots=True)
class Header:
    """`size` is of the plain sound, `offset` where the first chunk stands."""

    key_id: str
    wrapped: bytes
    prefix: bytes
    size: int
    recording: str
    offset: int
    digest: bytes

    @property
    def chunks(self) -> int:
        """How many encrypted chunks follow; an empty file has one."""
        return max(1, -(-self.size // CHUNK))


def encrypt(source: Path, target: Path, *, keys: MasterKeys, recording: str) -> None:
    """Write `target` from `source`; durable when it returns."""
    data_key, prefix = secrets.token_bytes(32), secrets.token_bytes(_PREFIX)
    cipher = AESGCM(data_key)
    with source.open("rb") as plain, target.open("wb") as out:
        size = os.fstat(plain.fileno()).st_size
        head = _head(
            {
                "key": keys.newest,
                "wrap": base64.b64encode(aes_key_wrap(keys.of(keys.newest), data_key)).decode(),
                "nonce": base64.b64encode(prefix).decode(),
                "size": size,
                "id": recording,
            }
        )
        digest = hashlib.sha256(head).digest()
        out.write(head)
        last = max(1, -(-size // CHUNK)) - 1
        for number in range(last + 1):
            block = plain.read(CHUNK)
            out.write(cipher.encrypt(_nonce(prefix, number, last), block, digest))
        if plain.read(1) or plain.tell() != size:
            raise DamagedRecording("the sound changed while it was encrypted", remedy="it is tried again")
        out.flush()
        os.fsync(out.fileno())


def read_header(stream: BinaryIO) -> Header:
    """Raises `DamagedRecording`."""
    begin = stream.read(len(MAGIC) + 2)
    if len(begin) < len(MAGIC) + 2 or begin[: len(MAGIC)] != MAGIC:
        raise DamagedRecording("this is no encrypted recording", remedy=_AGAIN)
    (length,) = struct.unpack(">H", begin[len(MAGIC) :])
    raw = stream.read(length) if length <= _MOST_HEADER else b""
    try:
        told = json.loads(raw)
        key_id, size, recording = told["key"], told["size"], told["id"]
        wrapped = base64.b64decode(told["wrap"], validate=True)
        prefix = base64.b64decode(told["nonce"], validate=True)
    except (ValueError, TypeError, KeyError, binascii.Error, RecursionError) as error:
        raise DamagedRecording("the header is damaged", remedy=_AGAIN) from error
    texts = isinstance(key_id, str) and isinstance(recording, str)
    if not texts or type(size) is not int or size < 0 or len(prefix) != _PREFIX:
        raise DamagedRecording("the header is damaged", remedy=_AGAIN)
    return Header(
        key_id, wrapped, prefix, size, recording, len(begin) + length, hashlib.sha256(begin + raw).digest()
    )


def decrypt(path: Path, keys: MasterKeys, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """The plain bytes from `start` up to `end`. Each chunk is proved before a byte of it is given out.

    Raises `VaultTrouble` without the key, `DamagedRecording`, `OSError`.
    """
    with path.open("rb") as stream:
        header = read_header(stream)
        cipher = AESGCM(_unwrapped(header, keys))
        until = header.size if end is None else min(end, header.size)
        last = header.chunks - 1
        if os.fstat(stream.fileno()).st_size != header.offset + header.size + header.chunks * TAG:
            raise DamagedRecording("the file is cut or has grown", remedy=_AGAIN)
        first = min(start // CHUNK, last)
        stream.seek(header.offset + first * (CHUNK + TAG))
        for number in range(first, last + 1):
            base = number * CHUNK
            if base >= until and number > first:
                return
            sealed = stream.read(CHUNK + TAG)
            try:
                block = cipher.decrypt(_nonce(header.prefix, number, last), sealed, header.digest)
            except InvalidTag as error:
                raise DamagedRecording(f"chunk {number} was changed", remedy=_AGAIN) from error
            piece = block[max(0, start - base) : max(0, until - base)]
            if piece:
                yield piece


def _unwrapped(header: Header, keys: MasterKeys) -> bytes:
    try:
        return aes_key_unwrap(keys.of(header.key_id), header.wrapped)
    except (InvalidUnwrap, ValueError) as error:
        raise DamagedRecording("the data key in the header is damaged", remedy=_AGAIN) from error


def _head(told: dict[str, object]) -> bytes:
    raw = json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
    return MAGIC + struct.pack(">H", len(raw)) + raw


def _nonce(prefix: bytes, number: int, last: int) -> bytes:
    return prefix + struct.pack(">IB", number, number == last)
