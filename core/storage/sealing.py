"""Ports for rows in the ledger's hash chain: seal keys, which are not in the database, and the port by which
a room hands its rows to the ledger. The chain itself is in `cdr.chain`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Table

    from core.storage.unit_of_work import Transaction


@dataclass(frozen=True, slots=True)
class SealKey:
    """`secret` is 32 random bytes; `id` names the key and tells nothing of it."""

    secret: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """16 hex digits that name the key and do not reveal it."""
        return hashlib.sha256(b"songhua-seal-key/1" + self.secret).hexdigest()[:16]

    def mac(self, message: bytes) -> str:
        """HMAC-SHA256 as 64 hexadecimal digits."""
        return hmac.new(self.secret, message, hashlib.sha256).hexdigest()


class SealKeys:
    """The newest key seals, the older ones verify. Without any key rows are chained unsealed.

    `needed` is for programs beside the service: where the chain is sealed already, they write nothing without
    the key rather than leave an entry that no key sealed.
    """

    def __init__(self, keys: Sequence[SealKey] = (), *, needed: bool = False) -> None:
        self._by_id = {key.id: key for key in keys}
        self.newest: SealKey | None = keys[-1] if keys else None
        self.needed = needed

    def __bool__(self) -> bool:
        return self.newest is not None

    def known(self, key_id: str) -> bool:
        """Whether the key of this id is among them."""
        return key_id in self._by_id

    def fits(self, key_id: str, message: bytes, mac: str) -> bool:
        """Whether the key of this id made `mac` of the message; False for a key that is not here."""
        key = self._by_id.get(key_id)
        return key is not None and hmac.compare_digest(key.mac(message), mac)


NO_SEAL_KEYS = SealKeys()


class HashChain(Protocol):
    async def seal(
        self, transaction: Transaction, table: Table, keys: Sequence[object], now: datetime
    ) -> None:
        """Seal these rows of a table and chain them, inside the transaction that wrote them."""
        ...
