"""`songhua cdr`: records, how long they are kept, their keys and bundles."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from cdr import audit as ledger
from cdr.completeness import Completeness
from cdr.export.bundle import Exported, ExportPaths, export
from cdr.recordings.vault import keys
from cdr.recordings.vault.worker import EncryptionWorker
from gateway.commands import disclosing, erasing, retention
from gateway.commands.acting import audit_trail, operator
from gateway.commands.common import (
    FAILED,
    ConfigOption,
    JsonOption,
    err,
    fail,
    load,
    open_storage,
    out,
    print_json,
    run,
)
from gateway.commands.key_changes import RECORDINGS_ENCRYPTED, key_change
from gateway.commands.second_person import AloneOption, WhyOption
from gateway.wiring.ledger_settings import cdr_settings
from privacy.forms import is_number

cdr = typer.Typer(
    help="The ledger: show, check, export, keep and erase the records of calls.", no_args_is_help=True
)
retention.add_to(cdr)
erasing.add_to(cdr)


@cdr.command()
def show(
    wanted: Annotated[
        str, typer.Argument(metavar="ID", help="Call id, Linkedid, recording id, or case:ID, draft:ID …")
    ],
    config: ConfigOption = None,
) -> None:
    """Print all that hangs together with ID as JSON, unmasked: for auditors on this machine. Audited."""
    settings = load(config)

    async def look() -> dict[str, object]:
        async with open_storage(settings) as storage:
            found = await ledger.show(storage, wanted)
            about = f"call:{found['call']['call_id']}"
            await audit_trail(storage, settings).record(operator(), "reveal-call", about)
            return found

    print_json(run(look()))


@cdr.command()
def check(
    wanted: Annotated[
        str, typer.Argument(metavar="[CALL]", help="Call id, Linkedid …; without it the last days' calls.")
    ] = "",
    days: Annotated[float, typer.Option(min=0, help="How many days back, without CALL.")] = 2.0,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check a call's record for completeness. Exit code 1 if anything is missing."""
    settings = load(config)

    async def look() -> dict[str, list[str]]:
        async with open_storage(settings) as storage:
            completeness = Completeness(storage)
            if wanted:
                call_id, missing = await completeness.of_call(wanted)
                return {str(call_id): missing}
            begin = storage.clock.now() - timedelta(days=days)
            return {str(call_id): missing async for call_id, missing in completeness.since(begin)}

    found = run(look())
    lacking = {call_id: missing for call_id, missing in found.items() if missing}
    if as_json:
        print_json({"checked": len(found), "incomplete": lacking})
    else:
        for call_id, missing in lacking.items():
            for one in missing:
                out.print(f"{call_id} {one}", markup=False, highlight=False, soft_wrap=True)
        out.print(f"{len(found)} checked, {len(lacking)} incomplete")
    if lacking:
        raise typer.Exit(FAILED)


@cdr.command("export")
def export_call(
    wanted: Annotated[
        str, typer.Argument(metavar="CALL|NUMBER", help="Call id, Linkedid, case number …; or a number.")
    ],
    file: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The file; else call-ID.zip or personal-data-TIME.json here."),
    ] = None,
    reveal: Annotated[bool, typer.Option(help="With numbers, names and what was filed.")] = False,
    why: WhyOption = "",
    alone: AloneOption = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write one call as a signed ZIP that openssl alone can check; VERIFY.txt in it says how. Audited.

    With a number: all that is kept of this person, as JSON, for him who asks; a second person approves that
    (--why; docs/approvals.md).
    """
    settings = load(config)
    where = cdr_settings(settings)
    if is_number(wanted, area_code=where.area_code):
        disclosing.disclose(settings, wanted, file, why=why, alone=alone, as_json=as_json)
        return
    places = ExportPaths(where.key_file, where.heads_file, where.recordings, where.recordings_key_file)

    async def write() -> Exported:
        async with open_storage(settings) as storage:
            action = "export-call-revealed" if reveal else "export-call"
            await audit_trail(storage, settings).record(operator(), action, f"call:{wanted}"[:160])
            return await export(storage, wanted, file, places, reveal=reveal)

    made = run(write())
    if as_json:
        print_json(asdict(made))
        return
    out.print(f"{made.file}: {made.files} files, {made.sounds} sounds", markup=False, soft_wrap=True)
    out.print(f"public key {made.fingerprint}", markup=False, soft_wrap=True)
    for one in made.absent:
        err.print(f"no sound: {one}", markup=False, highlight=False, soft_wrap=True)


@cdr.command("init-key")
def init_recordings_key(why: WhyOption = "", alone: AloneOption = False, config: ConfigOption = None) -> None:
    """Make the key that recordings are encrypted with. Copy it: without it no recording can be heard.

    In the place of one that was lost: once a second person has approved it (--why; docs/approvals.md).
    """
    settings = load(config)
    where = cdr_settings(settings)
    if where.recordings_key_file.exists():
        fail("a key file is already there", "to add a key: songhua cdr rotate-key")

    async def make() -> str:
        async with key_change(settings, "recordings-key", RECORDINGS_ENCRYPTED, why=why, alone=alone):
            return keys.init(where.recordings_key_file, datetime.now(UTC))

    key_id = run(make())
    out.print(f"key {key_id} in {where.recordings_key_file}", markup=False, soft_wrap=True)
    out.print("copy this file to a safe place now; recordings are encrypted from now on", soft_wrap=True)


@cdr.command("rotate-key")
def rotate_recordings_key(
    rewrap: Annotated[
        bool, typer.Option(help="Also re-encrypt keys wrapped by older keys, so that these may be retired.")
    ] = False,
    why: WhyOption = "",
    alone: AloneOption = False,
    config: ConfigOption = None,
) -> None:
    """Add a new key for recordings. The older ones stay in the file and are needed for older recordings.

    A second person has to approve it (--why; docs/approvals.md).
    """
    settings = load(config)
    where = cdr_settings(settings)

    async def add() -> str:
        keys.load(where.recordings_key_file)
        async with key_change(settings, "rotate-recordings-key", RECORDINGS_ENCRYPTED, why=why, alone=alone):
            return keys.rotate(where.recordings_key_file, datetime.now(UTC))

    key_id = run(add())
    out.print(f"key {key_id} in {where.recordings_key_file}", markup=False, soft_wrap=True)
    if not rewrap:
        return
    if where.recordings is None:
        fail("no folder of recordings is set", "set cdr.recordings to Asterisk's")
    folder = where.recordings

    async def again() -> int:
        async with open_storage(settings) as storage:
            worker = EncryptionWorker(storage, folder, where.system_name, where.recordings_key_file)
            return await worker.rewrap()

    out.print(f"{run(again())} recordings encrypted anew")
