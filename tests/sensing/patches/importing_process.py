"""Imports in a process of its own, and kills itself before the chunk with this number (0: never)."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import gateway.tables  # noqa: F401
from core.actor import Actor, Role
from sensing.patches import importer as importing
from sensing.patches import store
from sensing.settings import SensingSettings
from tests.cases.parts.trail import RememberedTrail
from tests.sensing.patches.city import SmallCity
from tests.storage import open_sqlite


async def main(ledger: Path, file: Path, last: int) -> None:
    add, calls = store.add, 0

    async def counted(*given: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == last:
            os.kill(os.getpid(), signal.SIGKILL)
        await add(*given)

    store.add = counted  # type: ignore[assignment]
    importing.CHUNK = 2  # type: ignore[misc]
    storage = open_sqlite(ledger)
    made = importing.PatchImporter(storage, RememberedTrail(), SmallCity(), SensingSettings())
    told = await made.import_file(Actor("root", "", frozenset({Role.ADMIN})), file)
    await storage.close()
    print(told.model_dump_json())


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
