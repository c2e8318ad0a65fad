"""`songhua cdr export NUMBER`: exports the data stored about a person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cdr.errors import ExportFailed
from core.ids import uuid7
from core.private import write_private
from gateway.commands.acting import audit_trail, operator
from gateway.commands.common import open_storage, out, print_json, run
from gateway.commands.second_person import second_person
from gateway.settings import Settings


def disclose(
    settings: Settings, number: str, file: Path | None, *, why: str, alone: bool, as_json: bool
) -> None:
    """Once a second person has approved it. Audited under an id of its own: the trail is kept longer than the
    person is.
    """
    # Imported here: what is kept of a person is in all rooms.
    from gateway.wiring.privacy import disclosure  # noqa: PLC0415

    async def write() -> tuple[Path, Mapping[str, Any]]:
        async with open_storage(settings) as storage:
            request = uuid7()
            # Who has nothing kept of him is told so before anybody is asked.
            found = await disclosure(settings, storage).of_number(number)
            about = {"number": str(found["number"])}
            async with second_person(settings, storage, "export-person", about, why=why, alone=alone):
                await audit_trail(storage, settings).record(operator(), "export-person", f"person:{request}")
                target = file or Path(f"personal-data-{found['at']:%Y%m%dT%H%M%S}.json")
                _write(target, {"request": request, **found})
            return target, found

    target, found = run(write(), as_json=as_json)
    rows = {table: len(one) for table, one in found["tables"].items()}
    if as_json:
        print_json({"file": str(target), "calls": len(found["calls"]), "rows": rows})
        return
    counted = f"{len(found['calls'])} calls, {sum(rows.values())} rows of {len(rows)} tables"
    out.print(f"{target}: {counted}", markup=False, highlight=False, soft_wrap=True)
    out.print("see what it says of others before you hand it out", soft_wrap=True)


def _write(target: Path, found: Mapping[str, Any]) -> None:
    text = json.dumps(found, ensure_ascii=False, indent=2, default=str)
    try:
        write_private(target, text.encode() + b"\n")
    except OSError as error:
        raise ExportFailed(f"{target}: {error.strerror}", remedy="give another place: --out FILE") from error
