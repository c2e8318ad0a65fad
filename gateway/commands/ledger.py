"""`songhua cdr` and `songhua audit`: records, how long they are kept, the proof that none was changed."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

import typer

from cdr import audit as ledger
from cdr.completeness import Completeness
from cdr.erasing import calls_of_number, erase_call
from cdr.errors import KeyTrouble, UnderHold, VaultTrouble
from cdr.export.bundle import Exported, Places, export
from cdr.recordings.vault import keys
from cdr.recordings.vault.keeper import VaultKeeper
from cdr.retention.holds import LegalHolds
from cdr.retention.service import Retention, RetentionReport
from core.actor import Actor, Role
from core.storage import Storage
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
from gateway.settings import Settings
from gateway.wiring.cdr import AuditTrail, cdr_settings
from identity.ports import IdentityPorts
from identity.room import build as build_identity

cdr = typer.Typer(
    help="The ledger: show, check, export, keep and erase the records of calls.", no_args_is_help=True
)
audit = typer.Typer(help="The signed chain: make its key, verify it.", no_args_is_help=True)


@cdr.command()
def show(
    wanted: Annotated[
        str, typer.Argument(metavar="ID", help="Call id, Linkedid, recording id, or case:ID, draft:ID …")
    ],
    config: ConfigOption = None,
) -> None:
    """Print everything that hangs together with ID as JSON, unmasked: for auditors on this machine."""
    settings = load(config)

    async def look() -> dict[str, object]:
        async with open_storage(settings) as storage:
            return await ledger.show(storage, wanted)

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
    """Say what the record of a call lacks. Exit code 1 if it lacks anything."""
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
    wanted: Annotated[str, typer.Argument(metavar="CALL", help="Call id, Linkedid, case number …")],
    file: Annotated[
        Path | None, typer.Option("--out", "-o", help="The bundle; else call-ID.zip here.")
    ] = None,
    reveal: Annotated[bool, typer.Option(help="With numbers, names and what was filed.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write one call as a signed ZIP that openssl alone can check; VERIFY.txt in it says how. Audited."""
    settings = load(config)
    where = cdr_settings(settings)
    places = Places(where.key_file, where.heads_file, where.recordings, where.recordings_key_file)

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
def init_recordings_key(config: ConfigOption = None) -> None:
    """Make the key that recordings are encrypted with. Copy it: without it no recording can be heard."""
    where = cdr_settings(load(config))
    try:
        key_id = keys.init(where.recordings_key_file, datetime.now(UTC))
    except VaultTrouble as trouble:
        fail(trouble.detail, trouble.remedy)
    out.print(f"key {key_id} in {where.recordings_key_file}", markup=False, soft_wrap=True)
    out.print("copy this file to a safe place now; recordings are encrypted from now on", soft_wrap=True)


@cdr.command("rotate-key")
def rotate_recordings_key(
    rewrap: Annotated[
        bool, typer.Option(help="Also encrypt anew what older keys wrap; then they may be retired.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Add a new key for recordings. The older ones stay in the file and are needed for older recordings."""
    settings = load(config)
    where = cdr_settings(settings)
    try:
        key_id = keys.rotate(where.recordings_key_file, datetime.now(UTC))
    except VaultTrouble as trouble:
        fail(trouble.detail, trouble.remedy)
    out.print(f"key {key_id} in {where.recordings_key_file}", markup=False, soft_wrap=True)
    if not rewrap:
        return
    if where.recordings is None:
        fail("no folder of recordings is set", "set cdr.recordings to Asterisk's")
    folder = where.recordings

    async def again() -> int:
        async with open_storage(settings) as storage:
            keeper = VaultKeeper(storage, folder, where.system_name, where.recordings_key_file)
            return await keeper.rewrap()

    out.print(f"{run(again())} recordings encrypted anew")


@cdr.command()
def retention(
    dry_run: Annotated[bool, typer.Option(help="Only say what would be erased.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase what the rules in the settings say; legal holds are kept. It can be interrupted and run again."""
    settings = load(config)
    where = cdr_settings(settings)
    if not where.retention:
        fail("there is no rule, so everything is kept", "write rules into [[cdr.retention]]")

    def tell(report: RetentionReport) -> None:
        err.print(f"{report.looked_at} calls looked at, {report.held} held", highlight=False)

    async def erase() -> RetentionReport:
        async with open_storage(settings) as storage:
            task = Retention(storage, where.recordings, where.retention)
            return await task.run_once(dry_run=dry_run, progress=tell)

    report = run(erase())
    if as_json:
        print_json(asdict(report))
        return
    did = "would be erased" if dry_run else "erased"
    for kind, count in sorted(report.due.items()):
        out.print(f"{kind} of {count} calls {did}", highlight=False)
    out.print(f"{report.looked_at} calls looked at, {report.held} under a legal hold", highlight=False)


@cdr.command()
def erase(
    wanted: Annotated[
        str, typer.Argument(metavar="CALL|NUMBER", help="A call's id, or a number: all its calls.")
    ],
    reason: Annotated[str, typer.Option(prompt=True, help="Why; it stays in the chain.")],
    config: ConfigOption = None,
) -> None:
    """Erase the persons from a call, or from every call of a number; the chain stays whole. Audited."""
    settings = load(config)
    where = cdr_settings(settings)

    async def forget() -> tuple[int, int, int]:
        async with open_storage(settings) as storage:
            ids = await calls_of_number(storage, wanted)
            if not ids:
                ids = [(await Completeness(storage).of_call(wanted))[0]]
            who = operator()
            emptied = held = 0
            for call_id in ids:
                await audit_trail(storage, settings).record(who, "erase-call", f"call:{call_id}")
                try:
                    emptied += await erase_call(storage, where.recordings, call_id, by=who.id, reason=reason)
                except UnderHold:
                    held += 1
            return len(ids), emptied, held

    looked_at, emptied, held = run(forget())
    out.print(f"{looked_at} calls, {emptied} records emptied, {held} under a legal hold", highlight=False)
    if held:
        raise typer.Exit(FAILED)


@cdr.command()
def hold(
    subject: Annotated[str, typer.Argument(help="call:ID, or case:ID for all calls of a case.")],
    reason: Annotated[str, typer.Option(prompt=True, help="Why; it stays in the chain.")],
    config: ConfigOption = None,
) -> None:
    """Set a legal hold: nothing of it is erased, by no rule and no hand. Audited."""
    settings = load(config)

    async def set_it() -> dict[str, object]:
        async with open_storage(settings) as storage:
            holds = LegalHolds(storage, audit_trail(storage, settings))
            return await holds.set(operator(), uuid4(), subject, reason)

    print_json(run(set_it()))


@cdr.command()
def holds(
    lifted: Annotated[bool, typer.Option(help="Also those that were lifted.")] = False,
    config: ConfigOption = None,
) -> None:
    """List the legal holds as JSON."""
    settings = load(config)

    async def look() -> list[dict[str, object]]:
        async with open_storage(settings) as storage:
            return await LegalHolds(storage, audit_trail(storage, settings)).all(operator(), lifted=lifted)

    print_json(run(look()))


@cdr.command("lift-hold")
def lift_hold(
    hold_id: Annotated[UUID, typer.Argument(metavar="HOLD", help="Its id, as songhua cdr holds shows it.")],
    reason: Annotated[str, typer.Option(prompt=True, help="Why; it stays in the chain.")],
    config: ConfigOption = None,
) -> None:
    """Lift a legal hold. Audited."""
    settings = load(config)

    async def lift() -> dict[str, object]:
        async with open_storage(settings) as storage:
            holds = LegalHolds(storage, audit_trail(storage, settings))
            return await holds.lift(operator(), hold_id, uuid4(), reason)

    print_json(run(lift()))


def operator() -> Actor:
    """Whoever may read the settings and the database of this machine."""
    return Actor(f"cli:{getpass.getuser()}"[:64], "command line", frozenset({Role.SUPERVISOR, Role.ADMIN}))


def audit_trail(storage: Storage, settings: Settings) -> AuditTrail:
    return AuditTrail(build_identity(settings.identity, IdentityPorts(storage)).service)


@audit.command("init-key")
def init_key(config: ConfigOption = None) -> None:
    """Make the key that signs the chain's heads. Keep the public half elsewhere too."""
    settings = load(config)
    try:
        public = ledger.init_key(settings.cdr.key_file)
    except KeyTrouble as trouble:
        fail(trouble.detail, trouble.remedy)
    out.print(f"key {settings.cdr.key_file}, public half {public}", markup=False, soft_wrap=True)


@audit.command()
def verify(
    config: ConfigOption = None,
    as_json: JsonOption = False,
    files: Annotated[bool, typer.Option(help="Read every recording's bytes too.")] = True,
) -> None:
    """Verify chain, signed heads, records and recordings. Exit code 1 and the places, if anything differs."""
    settings = load(config)
    where = cdr_settings(settings)

    async def check() -> ledger.Report:
        async with open_storage(settings) as storage:
            return await ledger.verify(
                storage,
                where.key_file,
                where.heads_file,
                recordings=where.recordings if files else None,
                recordings_key=where.recordings_key_file,
            )

    report = run(check())
    if as_json:
        print_json({"ok": report.ok, **asdict(report)})
    else:
        out.print(
            f"{report.entries} entries, {report.heads} signed heads, {report.records} records, "
            f"{report.erased} erased, {report.unsigned} not yet signed"
        )
        for finding in report.findings:
            line = f"{finding.what}: {finding.where} {finding.detail}"
            err.print(line, markup=False, highlight=False, soft_wrap=True)
    if not report.ok:
        raise typer.Exit(FAILED)
