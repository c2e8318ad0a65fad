"""One entry of the chain: `hash = H(prev, seq, kind, record_id, digest, at, key_id)`, and its seal `mac` over
that hash, made with the key `key_id`, which is not in the database. Pure.

Entries of the first version have no key: they were made before there was one, and are proved by signed heads
alone. The hash covers the key's id, so that a sealed entry cannot be made to look like one of those.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from cdr.chain.seal import canonical, plain

GENESIS = "0" * 64
_UNSEALED = "songhua-chain/1"
_SEALED = "songhua-chain/2"
_MAC = "songhua-entry-seal/1"


@dataclass(frozen=True, slots=True)
class ChainEntry:
    """`seq` counts from 1 without gaps; `hash` covers everything before it through `prev`. `key_id` and `mac`
    are empty in an entry that no key sealed.
    """

    seq: int
    prev: str
    kind: str
    record_id: str
    digest: str
    at: datetime
    hash: str
    key_id: str = ""
    mac: str = ""

    @property
    def version(self) -> int:
        """2 for an entry with a seal, 1 for one from before seals."""
        return 2 if self.key_id else 1

    def is_whole(self) -> bool:
        """Whether the entry's hash fits its columns."""
        made = entry_hash(
            self.prev, self.seq, self.kind, self.record_id, self.digest, self.at, key_id=self.key_id
        )
        return self.hash == made


def entry_hash(
    prev: str, seq: int, kind: str, record_id: str, digest: str, at: datetime, *, key_id: str = ""
) -> str:
    """The SHA-256 in hex over the entry's columns as canonical JSON, with the hash before it."""
    covered: list[object] = [prev, seq, kind, record_id, digest, plain(at)]
    covered = [_SEALED, *covered, key_id] if key_id else [_UNSEALED, *covered]
    return hashlib.sha256(canonical(covered)).hexdigest()


def to_seal(entry: str) -> bytes:
    """What the key seals of an entry with this hash."""
    return canonical([_MAC, entry])
