"""Storage: one engine, one unit of work, the transactional outbox and the inbox that de-duplicates."""

from core.storage.behind import Behind
from core.storage.engine import StorageSettings, create_engine
from core.storage.outbox import OutboxRelay
from core.storage.pruning import Pruning
from core.storage.schema import Json, UtcDateTime, Uuid, metadata
from core.storage.unit_of_work import Storage, StorageAway, Transaction

__all__ = [
    "Behind",
    "Json",
    "OutboxRelay",
    "Pruning",
    "Storage",
    "StorageAway",
    "StorageSettings",
    "Transaction",
    "UtcDateTime",
    "Uuid",
    "create_engine",
    "metadata",
]
