"""`songhua audit`: the hash chain and its keys, and the audit trail."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from cdr import audit as ledger
from cdr.chain import seal_keys
from core.storage import SealKey
from gateway.commands.acting import operator
from gateway.commands.common import (
    FAILED,
    MISUSED,
    ConfigOption,
    JsonOption,
    err,
    load,
    open_storage,
    out,
    print_json,
    run,
)
from gateway.commands.key_changes import CHAIN_SEALED, CHAIN_SIGNED, key_change
from gateway.commands.second_person import AloneOption, WhyOption
from gateway.wiring.ledger_settings import cdr_settings
from gateway.wiring.sealing import ALL_SEALED
from identity.audit.model import MOST_ROWS, AuditFilter
from identity.audit.service import AuditTrail

app = typer.Typer(
    help="The signed chain: make its keys, verify it. Who did and saw what: list it.", no_args_is_help=True
)


@app.command("init-key")
def init_key(why: WhyOption = "", alone: AloneOption = False, config: ConfigOption = None) -> None:
    """Make the key that signs the chain's heads and the one that seals its entries, where they are missing.

    Run it as the service's user, and start the service again. Keep the public half, and a copy of the seal
    key, on another machine. In the place of a key that was in use: once a second person has approved it
    (--why; docs/approvals.md).
    """
    settings = load(config)
    where = cdr_settings(settings)

    async def make() -> list[str]:
        used = [
            *([CHAIN_SIGNED] if not where.key_file.exists() else []),
            *([CHAIN_SEALED] if not where.sealing_key.exists() else []),
        ]
        async with key_change(settings, "chain-keys", *used, why=why, alone=alone):
            return ledger.init_keys(where)

    for line in run(make()):
        out.print(line, markup=False, highlight=False, soft_wrap=True)


@app.command("rotate-key")
def rotate_key(why: WhyOption = "", alone: AloneOption = False, config: ConfigOption = None) -> None:
    """Add a seal key for new records; older keys stay in the file and verify older records.

    A second person has to approve it (--why; docs/approvals.md). Every process that writes records reads the
    file when it starts.
    """
    settings = load(config)
    where = cdr_settings(settings)

    async def add() -> SealKey:
        seal_keys.load(where.sealing_key)
        async with key_change(settings, "rotate-seal-key", CHAIN_SEALED, why=why, alone=alone):
            return seal_keys.rotate(where.sealing_key)

    key = run(add())
    out.print(f"seal key {key.id} in {where.sealing_key}", markup=False, highlight=False, soft_wrap=True)
    out.print("start songhua again; copy the file", soft_wrap=True)


@app.command()
def verify(
    config: ConfigOption = None,
    as_json: JsonOption = False,
    files: Annotated[bool, typer.Option(help="Read every recording's bytes too.")] = True,
    heads: Annotated[
        list[Path] | None,
        typer.Option(
            help="A copy of the heads from elsewhere: a heads file, or a log with them. More than once.",
            dir_okay=False,
        ),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(help="A copy of the public key, instead of this machine's.", dir_okay=False),
    ] = None,
) -> None:
    """Verify chain, seals, signed heads, their copies, records and recordings.

    Exit code 1 and the places, if anything differs. Without a copy of the heads from another machine, who has
    every key of this one can have rewritten everything: docs/audit.md says what is proved.
    """
    settings = load(config)
    where = cdr_settings(settings)

    async def check() -> ledger.ChainReport:
        async with open_storage(settings) as storage:
            return await ledger.verify_all(
                storage, where, ALL_SEALED, files=files, key=key, copies=heads or ()
            )

    report = run(check())
    if as_json:
        print_json({"ok": report.ok, **asdict(report)})
    else:
        for line in _told(report):
            out.print(line, markup=False, highlight=False, soft_wrap=True)
        for finding in report.findings:
            line = f"{finding.what}: {finding.where} {finding.detail}"
            err.print(line, markup=False, highlight=False, soft_wrap=True)
    if not report.ok:
        raise typer.Exit(FAILED)


def _told(report: ledger.ChainReport) -> list[str]:
    counted = (
        f"{report.entries} entries, {report.heads} signed heads, {report.records} records, "
        f"{report.erased} erased, {report.unsigned} not yet signed"
    )
    lines = [counted]
    if report.unsealed:
        lines.append(f"{report.unsealed} entries are older than the seal key: their signed heads prove them")
    if report.copied_to is None:
        lines.append("no copy of the heads: who has every key of this machine can have rewritten all of it")
    else:
        lines.append(f"{report.copied} copied heads, up to entry {report.copied_to}")
    if report.timestamps:
        lines.append(f"{report.timestamps} timestamps")
    return lines


@app.command("list")
def list_rows(
    who: Annotated[str, typer.Option(help="Whose: a user name, cli:NAME, unit:ID, system:PART.")] = "",
    action: Annotated[str, typer.Option(help="listen, sign-in, read-transcript …")] = "",
    subject: Annotated[str, typer.Option(help="On what: call:ID, user:NAME …")] = "",
    text: Annotated[str, typer.Option(help="Anywhere in a row.")] = "",
    since: Annotated[str, typer.Option(help="From this time on: 2026-12-01, or with a time.")] = "",
    until: Annotated[str, typer.Option(help="Before this time.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=MOST_ROWS, help="Rows of a page.")] = 50,
    cursor: Annotated[str, typer.Option(help="The next page: `next` of the previous page.")] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List who did, saw or tried what, newest first. The list itself is audited."""
    settings = load(config)
    wanted = AuditFilter(who, action, subject, text, _moment(since, "--since"), _moment(until, "--until"))

    async def look() -> dict[str, Any]:
        async with open_storage(settings) as storage:
            return await AuditTrail(storage).page(operator(), wanted, limit=limit, after=cursor)

    found = run(look())
    if as_json:
        print_json(found)
        return
    out.print(_table(found["rows"]))
    if found["next"]:
        out.print(f"more: --cursor {found['next']}", markup=False, highlight=False, soft_wrap=True)


def _moment(text: str, option: str) -> datetime | None:
    """A time of this machine's zone, unless it says its own; ends the command for one that is none."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        err.print(f"{option}: give 2026-12-01 or 2026-12-01T08:30", markup=False)
        raise typer.Exit(MISUSED) from None


def _table(rows: list[dict[str, Any]]) -> Table:
    """Text of others is shown as it stands and never as markup."""
    table = Table("at", "who", "action", "on", "detail")
    for row in rows:
        detail = json.dumps(row["detail"], ensure_ascii=False) if row["detail"] else ""
        at = datetime.fromisoformat(row["at"]).astimezone().isoformat(" ", "seconds")
        words = [at, row["actor"], row["action"], row["subject"], detail]
        table.add_row(*(Text(_visible(word)) for word in words))
    return table


def _visible(text: str) -> str:
    return "".join(letter if letter.isprintable() else "�" for letter in text)
