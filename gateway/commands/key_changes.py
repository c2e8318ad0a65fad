"""Changes of keys by commands: they need a second person as soon as the keys are in use."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.exc import SQLAlchemyError

from cdr.chain.store import chain, heads
from cdr.recordings.store import recordings
from core.storage import Storage, StorageAway, create_engine
from gateway.commands.second_person import second_person
from gateway.settings import Settings
from gateway.wiring.sealing import LedgerChain, keys_of

RECORDINGS_ENCRYPTED: Final = select(recordings.c.recording_id).where(recordings.c.key_id.is_not(None))
CHAIN_SIGNED: Final = select(heads.c.seq)
CHAIN_SEALED: Final = select(chain.c.seq).where(chain.c.key_id != "")


@asynccontextmanager
async def key_change(
    settings: Settings, act: str, *used: Select[tuple[object]], why: str, alone: bool
) -> AsyncIterator[None]:
    """The body changes a key, once a second person has approved it; it needs nobody where none of `used`
    finds anything: nothing was made with the keys yet.

    Raises `SecondPersonNeeded`.
    """
    # Where the seal key itself was lost, the request cannot be sealed; verify says so.
    storage = Storage(
        create_engine(settings.storage), seal_keys=keys_of(settings, needed=False), chain=LedgerChain()
    )
    try:
        if not await _any(storage, used):
            yield
            return
        async with second_person(settings, storage, act, {}, why=why, alone=alone):
            yield
    finally:
        await storage.close()


async def _any(storage: Storage, used: tuple[Select[tuple[object]], ...]) -> bool:
    """A database that is not set up yet holds nothing."""
    with contextlib.suppress(StorageAway, SQLAlchemyError, OSError):
        async with storage.read() as connection:
            for wanted in used:
                if (await connection.execute(wanted.limit(1))).first() is not None:
                    return True
    return False
