"""`songhua db`: bring the database to this version's schema."""

from __future__ import annotations

import os
from typing import Annotated, Final

import typer

from core.secret import Secret
from core.storage import StorageSettings
from gateway.commands.common import (
    FAILED,
    MISUSED,
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

app = typer.Typer(help="The database: upgrade, downgrade, status, copy.", no_args_is_help=True)
PASSWORD: Final = "SONGHUA_TO_PASSWORD"  # noqa: S105  # the name of a variable


@app.command()
def upgrade(config: ConfigOption = None) -> None:
    """Create or upgrade the schema. Safe to repeat."""
    from gateway import database  # noqa: PLC0415  # the database's packages take a second to load

    settings = load(config)
    run(database.upgrade(settings.storage))
    out.print(f"schema {database.head()}")


@app.command()
def status(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """The schema that the database has, and the one that this version needs."""
    from gateway import database  # noqa: PLC0415  # as above

    settings = load(config)

    async def look() -> dict[str, object]:
        found = None
        if database.absent(settings.storage) is None:
            async with open_storage(settings) as storage:
                await storage.ping()
                found = await database.current(storage)
        return {"found": found, "needed": database.head(), "ok": found == database.head()}

    seen = run(look())
    if as_json:
        print_json(seen)
    else:
        out.print(f"found {seen['found'] or 'nothing'}, needed {seen['needed']}")
    if not seen["ok"]:
        raise typer.Exit(1)


@app.command()
def downgrade(
    revision: Annotated[str, typer.Argument(help="As songhua db status names it.")],
    sure: Annotated[
        bool, typer.Option("--yes", help="Do not ask: what only later schemas hold is lost.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Take the schema back, before an earlier version is installed. Stop songhua first."""
    from gateway import database  # noqa: PLC0415  # as above

    settings = load(config)
    if revision not in database.revisions():
        fail(f"this version knows no schema {revision}", "see songhua db status", MISUSED)
    if not sure:
        typer.confirm(f"What only schemas after {revision} hold is lost. Go on?", abort=True)
    run(database.downgrade(settings.storage, revision))
    out.print(f"schema {revision}")


@app.command()
def copy(
    source: Annotated[str, typer.Option("--from", help="sqlite+aiosqlite:///FILE")],
    target: Annotated[str, typer.Option("--to", help="postgresql+asyncpg://USER@HOST/NAME, empty")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy a SQLite database to an empty PostgreSQL one; the ledger is verified. Stop songhua first.

    The password of the target comes from SONGHUA_TO_PASSWORD, else from the settings. Copied in one
    transaction: a copy that is interrupted leaves no row. Name the target in [storage] url afterwards.
    """
    from gateway.backup import copying  # noqa: PLC0415
    from gateway.backup.restoring import verified  # noqa: PLC0415

    settings = load(config)
    try:
        old, new = _address(source), _address(target)
    except ValueError:
        err.print("--from or --to is no address of a database", markup=False)
        raise typer.Exit(MISUSED) from None
    password = os.environ.get(PASSWORD)
    if password:
        new = new.model_copy(update={"password": Secret(password, PASSWORD)})
    elif new.password is None:
        new = new.model_copy(update={"password": settings.storage.password})
    notes: list[str] = []

    async def work() -> tuple[dict[str, int], bool | None, list[str]]:
        rows = await copying.copy(old, new)
        report = await verified(settings.model_copy(update={"storage": new}), notes, files=False)
        findings = [] if report is None else [f"{one.what}: {one.where}" for one in report.findings]
        return dict(rows), None if report is None else report.ok, findings

    rows, whole, findings = run(work())
    if as_json:
        told = {"rows": rows, "ledger_ok": whole, "findings": findings, "notes": notes}
        print_json(told)
    else:
        out.print(f"{sum(rows.values())} rows in {len(rows)} tables, counted and compared", highlight=False)
        for line in [*(f"note: {one}" for one in notes), *findings]:
            out.print(line, markup=False, highlight=False, soft_wrap=True)
        if whole:
            out.print("the ledger is whole")
        out.print("now set [storage] url to the new database, and start songhua", markup=False)
    if whole is False:
        raise typer.Exit(FAILED)


def _address(url: str) -> StorageSettings:
    """Raises `ValueError`."""
    found = StorageSettings(url=url)
    found.address()
    return found
