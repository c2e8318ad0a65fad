"""Signed heads: from time to time the chain's last entry is signed and appended to a file outside the
database. A rewritten record and chain no longer match the signed heads.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from cdr.chain import keys, store
from cdr.chain.entry import GENESIS, ChainEntry, to_seal
from cdr.chain.seal import canonical, plain
from cdr.errors import KeyTrouble
from core.log import logger
from core.metrics import counter, gauge
from core.storage import Storage, StorageAway

_log = logger("cdr")
_signed = counter("cdr_chain_heads", "Heads of the chain signed")
_refused = counter(
    "cdr_chain_heads_refused", "Times that a head was not signed because the chain had changed"
)
_seq = gauge("cdr_chain_signed_seq", "The last entry under a signed head")

_TAG = "songhua-head/1"
_VERIFY = "run: songhua audit verify"
_PAGE = 1_000
_LINE = 2_000
"""No line of the heads file is longer."""
_COPIED_LINE = 64_000
"""Nor is one of a copy, which may have a timestamp or the prefix of a log."""


@dataclass(frozen=True, slots=True)
class Head:
    """`prev` is the SHA-256 of the signature before it, so that no head can be taken out of the file."""

    seq: int
    hash: str
    at: str
    prev: str
    signature: str

    def message(self) -> bytes:
        """The bytes that are signed, as canonical JSON."""
        return canonical([_TAG, self.seq, self.hash, self.at, self.prev])

    def is_signed(self, key: Ed25519PublicKey) -> bool:
        """Whether the signature is this key's and fits the head."""
        try:
            raw = base64.b64decode(self.signature, validate=True)
        except (binascii.Error, ValueError):
            return False
        return keys.is_signed(key, self.message(), raw)

    def link(self) -> str:
        """The SHA-256 of its signature: the next head holds it."""
        return hashlib.sha256(self.signature.encode()).hexdigest()

    def line(self) -> bytes:
        """The head as a line of the heads file."""
        fields = {"seq": self.seq, "hash": self.hash, "at": self.at, "prev": self.prev, "sig": self.signature}
        return canonical(fields) + b"\n"


def sign(key: Ed25519PrivateKey, *, seq: int, entry: str, at: datetime, before: Head | None) -> Head:
    """A signed head over the newest entry; it holds the link of the head before it."""
    prev = before.link() if before else GENESIS
    unsigned = Head(seq, entry, str(plain(at)), prev, "")
    signature = base64.b64encode(key.sign(unsigned.message())).decode()
    return Head(unsigned.seq, unsigned.hash, unsigned.at, prev, signature)


def read_heads(path: Path) -> tuple[list[Head], list[int]]:
    """The heads in the file, and the numbers of the lines that are none. Raises `FileNotFoundError`."""
    found: list[Head] = []
    damaged: list[int] = []
    with path.open("rb") as stream:
        number = 0
        while line := stream.readline(_LINE):
            number += 1
            head = read_head(line)
            if head is not None:
                found.append(head)
            elif line.strip():
                damaged.append(number)
    return found, damaged


def read_copy(path: Path) -> list[Head]:
    """The heads in a copy: a heads file, or the lines of a log with a head at the end of some. Lines without
    one are passed over. Raises `OSError`.
    """
    found: list[Head] = []
    with path.open("rb") as stream:
        while line := stream.readline(_COPIED_LINE):
            begin = line.find(b'{"')
            head = read_head(line[begin:]) if begin >= 0 else None
            if head is not None:
                found.append(head)
    return found


def read_head(line: bytes) -> Head | None:
    """The head in a line of JSON; None where there is none. Other fields are passed over."""
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(raw, dict):
        return None
    seq, texts = raw.get("seq"), [raw.get(name) for name in ("hash", "at", "prev", "sig")]
    if type(seq) is not int or not all(isinstance(text, str) for text in texts):
        return None
    return Head(seq, *(str(text) for text in texts))


class HeadSigner:
    """Signs the committed head whenever it has moved. `trouble` says why it does not, for health. What a
    wrong key sealed is not signed. Unsealed entries are, and named: a service without its key goes on.
    """

    def __init__(self, storage: Storage, key_file: Path, heads_file: Path) -> None:
        self._storage = storage
        self._key_file = key_file
        self._heads_file = heads_file
        self._last: Head | None = None
        self._loaded = False
        self._sealed = False
        self.trouble = ""
        self.unsealed = ""
        """Names an entry after sealed ones that no key sealed; stays until the next start."""

    async def run(self, every_s: float) -> None:
        while True:
            try:
                await self.sign_once()
            except StorageAway:
                pass  # nothing is committed meanwhile either
            except (KeyTrouble, OSError) as error:
                self._complain(getattr(error, "remedy", "") or f"check {self._heads_file}", str(error))
            await asyncio.sleep(every_s)

    async def sign_once(self) -> Head | None:
        """Sign the head if it moved. Refuses when the chain is not what was signed before.

        Raises `KeyTrouble`, `OSError` (the heads file) and `StorageAway`.
        """
        key = await asyncio.to_thread(keys.load_private, self._key_file)
        if not self._loaded:
            self._last = await asyncio.to_thread(_last_head, self._heads_file)
            self._loaded = True
        async with self._storage.read() as connection:
            after = self._last.seq if self._last else 0
            prev = self._last.hash if self._last else GENESIS
            if not await self._is_what_was_signed(connection):
                _refused.inc()
                self._complain(_VERIFY, "the chain is not what was signed before")
                return None
            seq = after
            while entries := await store.entries_after(connection, seq, _PAGE):
                for entry in entries:
                    wrong = self._wrong(entry, seq, prev)
                    if wrong:
                        _refused.inc()
                        self._complain(_VERIFY, wrong)
                        return None
                    seq, prev = entry.seq, entry.hash
        self.trouble = ""
        if seq == after:
            return None
        head = sign(key, seq=seq, entry=prev, at=self._storage.clock.now(), before=self._last)
        self._loaded = False  # whatever becomes of the write, the file is believed and not we
        await asyncio.to_thread(_append, self._heads_file, head)
        self._last, self._loaded = head, True
        await self._note(head)
        _signed.inc()
        _seq.set(head.seq)
        return head

    def _wrong(self, entry: ChainEntry, seq: int, prev: str) -> str:
        """Why this entry is not signed as the one after `seq`; empty where nothing stands against it."""
        if entry.seq != seq + 1 or entry.prev != prev or not entry.is_whole():
            return "the chain is broken after its signed head"
        seals = self._storage.seal_keys
        if not entry.key_id:
            if self._sealed and not self.unsealed:
                self.unsealed = f"entry {entry.seq} was not sealed, others before it were; {_VERIFY}"
                _log.error("an entry of the chain was not sealed", seq=entry.seq, remedy=_VERIFY)
            return ""
        self._sealed = True
        if not seals:
            return ""
        if not seals.known(entry.key_id):
            return f"entry {entry.seq} was sealed with a key that is not here"
        if not seals.fits(entry.key_id, to_seal(entry.hash), entry.mac):
            return f"entry {entry.seq} was not made with the seal key"
        return ""

    async def _is_what_was_signed(self, connection: AsyncConnection) -> bool:
        """The last signed entry is still there; with no heads file, nothing was ever signed."""
        if self._last is None:
            noted = await connection.execute(select(store.heads.c.seq).limit(1))
            return noted.first() is None
        found = await connection.execute(
            select(store.chain.c.hash, store.chain.c.key_id).where(store.chain.c.seq == self._last.seq)
        )
        entry = found.one_or_none()
        self._sealed = self._sealed or (entry is not None and bool(entry.key_id))
        return entry is not None and bool(entry.hash == self._last.hash)

    async def _note(self, head: Head) -> None:
        """The heads also stand in the database, so that a heads file which was cut short is noticed."""
        async with self._storage.write() as transaction:
            known = await transaction.connection.execute(
                select(store.heads.c.seq).where(store.heads.c.seq == head.seq)
            )
            if known.first() is not None:
                return
            await transaction.connection.execute(
                insert(store.heads).values(
                    seq=head.seq,
                    hash=head.hash,
                    at=datetime.fromisoformat(head.at),
                    signature=head.signature,
                )
            )

    def _complain(self, remedy: str, what: str) -> None:
        text = f"{what}; {remedy}"
        if text != self.trouble:
            _log.error("the chain's head is not signed", why=what, remedy=remedy)
        self.trouble = text


def _last_head(path: Path) -> Head | None:
    try:
        heads, _ = read_heads(path)
    except FileNotFoundError:
        return None
    return heads[-1] if heads else None


def _append(path: Path, head: Head) -> None:
    """Durable when it returns. A line that a crash left half-written is ended first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as stream:
        size = stream.seek(0, os.SEEK_END)
        if size:
            stream.seek(size - 1)
            if stream.read(1) != b"\n":
                stream.write(b"\n")
        stream.write(head.line())
        stream.flush()
        os.fsync(stream.fileno())


def links_hold(heads: Sequence[Head]) -> list[int]:
    """The seqs of heads that do not follow on the head before them."""
    prev = GENESIS
    broken: list[int] = []
    for head in heads:
        if head.prev != prev:
            broken.append(head.seq)
        prev = head.link()
    return broken
