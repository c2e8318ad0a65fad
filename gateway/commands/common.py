"""What every subcommand shares: the settings file, JSON output, errors and exit codes.

Exit codes: 0 done, 1 it failed, 2 wrong use of the command, 3 the settings are wrong, 4 a second person has
to approve it first, 5 what it needs (database, broker, port, disk, rights) is not there (`failures`).
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.text import Text

from core.second_person import WAITING, SecondPersonNeeded
from gateway.commands.failures import explained

if TYPE_CHECKING:
    from core.storage import Storage
    from gateway.settings import Settings

FAILED, MISUSED, BAD_SETTINGS, WAITS = 1, 2, 3, 4

T = TypeVar("T")
# What commands print holds names, files and words of people: `[[asterisk.queues]]` and `:key:` are no markup.
out = Console(markup=False, emoji=False)
err = Console(stderr=True, markup=False, emoji=False)

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="Settings file (TOML).", envvar="SONGHUA_CONFIG", dir_okay=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]

KEPT = 4

DEFAULT_FILES = (Path("songhua.toml"), Path("/etc/songhua/songhua.toml"))


def config_file(given: Path | None) -> Path | None:
    """The file to use: the given one, else the first of the default places that exists."""
    if given is not None:
        return given
    return next((file for file in DEFAULT_FILES if file.is_file()), None)


def load(given: Path | None) -> Settings:
    """The settings; errors are printed with their place, and the command ends with exit code 3."""
    # Imported here: who asks for help alone waits for no settings.
    from gateway.settings import BadSettings, Settings  # noqa: PLC0415

    try:
        return Settings.load(config_file(given))
    except BadSettings as bad:
        for fault in bad.faults:
            complain("settings:", fault)
        complain("remedy:", "songhua config check says what to do about each", "bold")
        raise typer.Exit(BAD_SETTINGS) from None


def complain(label: str, what: str, style: str = "red") -> None:
    """A line on stderr, whatever signs it holds."""
    err.print(Text.assemble((label, style), " ", what), soft_wrap=True)


def fail(what: str, remedy: str = "", code: int = FAILED) -> NoReturn:
    complain("songhua:", what)
    if remedy:
        complain("remedy:", remedy, "bold")
    raise typer.Exit(code)


def run(work: Coroutine[Any, Any, T], *, as_json: bool = False) -> T:
    """Run one command's work; errors of ours and of what it needs become one line each of cause and remedy.
    `as_json` is for what waits for a second person.
    """
    try:
        return asyncio.run(work)
    except SecondPersonNeeded as needed:
        raise _waiting(needed, as_json=as_json) from None
    except Exception as error:
        known = explained(error)
        if known is None:
            raise
        fail(known.cause, known.remedy, known.code)


def _waiting(needed: SecondPersonNeeded, *, as_json: bool) -> typer.Exit:
    """Say which request waits; the exit of the command."""
    number = needed.extra.get("number")
    if number is None:
        complain("songhua:", needed.title)
        complain("remedy:", "say --why, so that somebody can approve it", "bold")
        return typer.Exit(MISUSED)
    until = needed.extra.get("until", "")
    if as_json:
        print_json({"request": {"number": number, "state": WAITING, "until": until}})
    else:
        out.print(
            f"request {number} waits for a second person until {until}", highlight=False, soft_wrap=True
        )
        then = (
            f"approve it on the desk, or by songhua approvals approve {number}; then run this command again"
        )
        out.print(then, highlight=False, soft_wrap=True)
    return typer.Exit(WAITS)


def masked(number: str) -> str:
    """The last digits tell colleagues apart which caller is meant, and nobody who it is."""
    return "•" * max(0, len(number) - KEPT) + number[-KEPT:]


def print_json(value: Any) -> None:
    """Print a value for programs."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


@asynccontextmanager
async def open_storage(settings: Settings, *, origin: str = "centre") -> AsyncIterator[Storage]:
    """The ledger. Raises `SchemaBehind` where there is none: SQLite would make one of any mistyped name."""
    # Imported here: not every command has to do with the database.
    from core.storage import Storage, create_engine  # noqa: PLC0415
    from gateway.database import absent  # noqa: PLC0415
    from gateway.wiring.sealing import LedgerChain, keys_of  # noqa: PLC0415

    missing = absent(settings.storage)
    if missing is not None:
        raise missing
    storage = Storage(
        create_engine(settings.storage),
        origin=origin,
        switch=settings.own_switch,
        seal_keys=keys_of(settings, needed=True),
        chain=LedgerChain(),
    )
    try:
        yield storage
    finally:
        await storage.close()


def secret_from(variable: str, prompt: str) -> str:
    """A password from an environment variable, else asked twice at the terminal; never an argument."""
    given = os.environ.get(variable)
    if given is not None:
        return given
    return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=True))
