"""The keys of the chain and of recordings. One that is there is never touched, and in the place of one that
was used none is made: that needs a second person.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cdr.audit import init_keys
from cdr.chain.keys import public_path
from cdr.recordings.vault import keys
from core.second_person import SecondPersonNeeded
from gateway.commands.key_changes import CHAIN_SEALED, CHAIN_SIGNED, RECORDINGS_ENCRYPTED, key_change
from gateway.installation.context import USER, Installation
from gateway.installation.errors import InstallationStopped
from gateway.installation.plan import StepName
from gateway.wiring.ledger_settings import cdr_settings


class LedgerKeys:
    name = StepName.KEYS

    def missing(self, to: Installation) -> Sequence[str]:
        return [str(one) for one in self._files(to) if not one.exists()]

    def do(self, to: Installation) -> Sequence[str]:
        lacking = self.missing(to)
        to.wait_for_start(USER)
        try:
            asyncio.run(_make(to))
        except SecondPersonNeeded:
            raise InstallationStopped(
                f"{', '.join(lacking)}: was in use, and is gone",
                remedy="restore it from its copy (docs/audit.md); a new one needs a second person: "
                "songhua audit init-key --why …, songhua cdr init-key --why …",
            ) from None
        for file in (*self._files(to), public_path(cdr_settings(to.settings).key_file)):
            if str(file) in lacking or file.suffix == ".pub":
                to.own(file, USER, USER, 0o644 if file.suffix == ".pub" else 0o600)
        return [
            *lacking,
            "copy them to another machine: without them no recording is heard, no record proved",
        ]

    def _files(self, to: Installation) -> list[Path]:
        where = cdr_settings(to.settings)
        return [where.key_file, where.sealing_key, where.recordings_key_file]


async def _make(to: Installation) -> None:
    """As `songhua audit init-key` and `songhua cdr init-key` do. Raises `SecondPersonNeeded`."""
    where = cdr_settings(to.settings)
    used = [
        *([CHAIN_SIGNED] if not where.key_file.exists() else []),
        *([CHAIN_SEALED] if not where.sealing_key.exists() else []),
    ]
    if used:
        async with key_change(to.settings, "chain-keys", *used, why="", alone=False):
            init_keys(where)
    if not where.recordings_key_file.exists():
        async with key_change(to.settings, "recordings-key", RECORDINGS_ENCRYPTED, why="", alone=False):
            keys.init(where.recordings_key_file, datetime.now(UTC))
