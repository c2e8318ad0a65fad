"""Storage: one engine, one unit of work, the transactional outbox and the inbox that de-duplicates."""

from typing import TYPE_CHECKING

from core.lazy import public_names

if TYPE_CHECKING:
    from core.storage.behind import Behind
    from core.storage.engine import create_engine
    from core.storage.outbox import OutboxRelay
    from core.storage.pruning import Pruning
    from core.storage.schema import Json, UtcDateTime, Uuid, metadata
    from core.storage.sealing import Chain, SealKey, SealKeys
    from core.storage.settings import StorageSettings
    from core.storage.unit_of_work import Storage, StorageAway, Transaction
else:
    __getattr__ = public_names(
        __name__, ("settings", "sealing", "schema", "unit_of_work", "engine", "outbox", "behind", "pruning")
    )

__all__ = [
    "Behind",
    "Chain",
    "Json",
    "OutboxRelay",
    "Pruning",
    "SealKey",
    "SealKeys",
    "Storage",
    "StorageAway",
    "StorageSettings",
    "Transaction",
    "UtcDateTime",
    "Uuid",
    "create_engine",
    "metadata",
]
