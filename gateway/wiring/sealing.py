"""What stands under the ledger's chain beside the ledger's own records, and the keys that seal entries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from cdr.chain import seal_keys
from cdr.chain.records import SealedTable
from cdr.errors import KeyTrouble
from cdr.tables import SEALED
from core.log import logger
from core.storage import SealKeys, Transaction
from identity.audit.store import AUDITED, audit

if TYPE_CHECKING:
    from sqlalchemy import Table

    from gateway.settings import Settings

_log = logger("gateway")

AUDIT = SealedTable("audit", audit, "seq", frozenset({"subject", "detail"}), AUDITED, written_once=True)
"""The audit trail. Subject and detail may be emptied by an erasure; who did what when stays provable."""

ALL_SEALED: tuple[SealedTable, ...] = (*SEALED, AUDIT)


class LedgerChain:
    """Fills `core.storage.Chain` for the tables of other rooms."""

    def __init__(self, tables: Sequence[SealedTable] = (AUDIT,)) -> None:
        self._tables = {sealed.table.name: sealed for sealed in tables}

    async def seal(
        self, transaction: Transaction, table: Table, keys: Sequence[object], now: datetime
    ) -> None:
        await self._tables[table.name].seal(transaction, keys, now)


def keys_of(settings: Settings, *, needed: bool = False) -> SealKeys:
    """The keys of the settings. Without them entries are unsealed, which health says; with `needed` nothing
    is written into a chain that is sealed already.
    """
    try:
        return seal_keys.load(settings.cdr.sealing_key)
    except KeyTrouble as trouble:
        if not needed:
            _log.warning("no key seals the chain", why=trouble.detail, remedy=trouble.remedy)
        return SealKeys(needed=needed)
