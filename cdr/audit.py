"""What an auditor and the command line ask: show one record, verify them all, make the key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cdr import record
from cdr.chain.keys import init_key
from cdr.chain.verify import Finding, Report, verify_chain
from cdr.recordings.check import check_files
from cdr.tables import SEALED
from core.storage import Storage

__all__ = ["Finding", "Report", "init_key", "show", "verify"]


async def show(storage: Storage, wanted: str) -> dict[str, Any]:
    """The whole record, nothing masked, of a call id, linkedid, uniqueid, leg, recording, or filed subject.

    Raises `UnknownCall`.
    """
    async with storage.read() as connection:
        return await record.whole(connection, await record.find(connection, wanted))


async def verify(
    storage: Storage,
    key: Path,
    heads_file: Path,
    *,
    recordings: Path | None = None,
    recordings_key: Path = Path("songhua-recordings.key"),
) -> Report:
    """Verify chain, heads and records, and with `recordings` every file's bytes too.

    `key` is either half of the key. Raises `KeyTrouble` and `StorageAway`.
    """
    report = await verify_chain(storage, key, heads_file, SEALED)
    if recordings is not None:
        await check_files(storage, recordings, report, recordings_key)
    return report
