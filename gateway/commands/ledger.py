"""`songhua cdr` and `songhua audit`: one call's whole record, and the proof that nothing was changed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from cdr import audit as ledger
from cdr.errors import KeyTrouble
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
from gateway.wiring.cdr import cdr_settings

cdr = typer.Typer(help="The ledger: show one call's whole record.", no_args_is_help=True)
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
