"""One entry of the chain and its hash: `entry = H(prev, seq, kind, record_id, digest, at)`. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from cdr.chain.seal import canonical, plain

GENESIS = "0" * 64
_TAG = "songhua-chain/1"


@dataclass(frozen=True, slots=True)
class Entry:
    """`seq` counts from 1 without gaps; `hash` covers everything before it through `prev`."""

    seq: int
    prev: str
    kind: str
    record_id: str
    digest: str
    at: datetime
    hash: str

    def is_whole(self) -> bool:
        return self.hash == entry_hash(self.prev, self.seq, self.kind, self.record_id, self.digest, self.at)


def entry_hash(prev: str, seq: int, kind: str, record_id: str, digest: str, at: datetime) -> str:
    return hashlib.sha256(canonical([_TAG, prev, seq, kind, record_id, digest, plain(at)])).hexdigest()
