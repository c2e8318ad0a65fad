"""Storage: one engine, one unit of work, the transactional outbox and the inbox that de-duplicates."""

from typing import TYPE_CHECKING

from core.lazy import public_names

if TYPE_CHECKING:
    from core.storage.engine import create_engine
    from core.storage.grouped import GroupedWrites
    from core.storage.outbox import NotBefore, OutboxRelay
    from core.storage.pruning import Pruning
    from core.storage.schema import Json, UtcDateTime, Uuid, metadata
    from core.storage.sealing import HashChain, SealKey, SealKeys
    from core.storage.settings import StorageSettings
    from core.storage.unit_of_work import Storage, StorageAway, StorageBusy, Transaction
    from core.storage.write_behind import WriteBehindQueue
else:
    __getattr__ = public_names(
        __name__,
        (
            "settings",
            "sealing",
            "schema",
            "unit_of_work",
            "engine",
            "outbox",
            "write_behind",
            "pruning",
            "grouped",
        ),
    )

__all__ = [
    "GroupedWrites",
    "HashChain",
    "Json",
    "NotBefore",
    "OutboxRelay",
    "Pruning",
    "SealKey",
    "SealKeys",
    "Storage",
    "StorageAway",
    "StorageBusy",
    "StorageSettings",
    "Transaction",
    "UtcDateTime",
    "Uuid",
    "WriteBehindQueue",
    "create_engine",
    "metadata",
]
