"""Operations for auditors and the command line: show one record, verify all records, make the keys."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cdr import record
from cdr.chain import seal_keys
from cdr.chain.copies.check import check_timestamps
from cdr.chain.keys import init_key, public_path
from cdr.chain.records import SealedTable
from cdr.chain.verify import ChainFinding, ChainReport, verify_chain
from cdr.errors import KeyTrouble
from cdr.recordings.check import check_files
from cdr.settings import CdrSettings
from cdr.tables import SEALED
from core.storage import SealKeys, Storage

__all__ = ["ChainFinding", "ChainReport", "init_keys", "show", "verify", "verify_all"]


async def show(storage: Storage, wanted: str) -> dict[str, Any]:
    """The whole record, nothing masked, of a call id, linkedid, uniqueid, leg, recording, or filed subject.

    Raises `UnknownCall`.
    """
    async with storage.read() as connection:
        return await record.whole(connection, await record.find(connection, wanted))


def init_keys(settings: CdrSettings) -> list[str]:
    """Make the key that signs heads, and the one that seals entries, where they are not there yet; a line for
    each that was made. Raises `KeyTrouble` when both are there.
    """
    made: list[str] = []
    signing, sealing = settings.key_file, settings.sealing_key
    if not signing.exists():
        public = init_key(signing)
        made.append(f"signing key {signing}, public half {public}: keep a copy of the latter elsewhere")
    if not sealing.exists():
        key = seal_keys.init(sealing)
        made.append(f"seal key {key.id} in {sealing}: copy it; every program that writes records needs it")
    if not made:
        raise KeyTrouble(
            "the keys are already there",
            remedy=f"keep {signing} and {sealing}; move them away only together with their chain",
        )
    return made


async def verify(
    storage: Storage,
    key: Path,
    heads_file: Path,
    *,
    recordings: Path | None = None,
    recordings_key: Path = Path("songhua-recordings.key"),
    tables: Sequence[SealedTable] = SEALED,
    seals: SealKeys | None = None,
    copies: Sequence[Path] = (),
) -> ChainReport:
    """Verify chain, seals, heads, copies and records, and with `recordings` every file's bytes too.

    `key` is either half of the signing key; without `seals` the seals of entries are not checked. Raises
    `KeyTrouble` and `StorageAway`.
    """
    report = await verify_chain(storage, key, heads_file, tables, seals=seals, copies=copies)
    if recordings is not None:
        await check_files(storage, recordings, report, recordings_key)
    return report


async def verify_all(
    storage: Storage,
    settings: CdrSettings,
    tables: Sequence[SealedTable],
    *,
    files: bool,
    key: Path | None = None,
    copies: Sequence[Path] = (),
) -> ChainReport:
    """Everything that the settings name, also the copies of heads in reach; `key` and `copies` from elsewhere
    stand instead of, and beside, those of this machine. Raises as `verify`.
    """
    try:
        seals = await asyncio.to_thread(seal_keys.load, settings.sealing_key)
    except KeyTrouble:
        # Named where the chain has sealed entries; without any there is nothing to check.
        seals = SealKeys()
    # A token proves nothing of the chain before its head is compared with it.
    stamped = [settings.heads_copies.timestamps_file] if settings.heads_copies.timestamps else []
    report = await verify(
        storage,
        key or _either_half(settings.key_file),
        settings.heads_file,
        recordings=settings.recordings if files else None,
        recordings_key=settings.recordings_key_file,
        tables=tables,
        seals=seals,
        copies=[*copies, *settings.heads_copies.files, *stamped],
    )
    if settings.heads_copies.timestamps:
        await check_timestamps(settings.heads_copies, report)
    return report


def _either_half(signing: Path) -> Path:
    """An auditor may have the public half alone."""
    return signing if signing.exists() else public_path(signing)
