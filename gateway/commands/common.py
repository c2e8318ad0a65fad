"""What every subcommand shares: the settings file, JSON output, errors and exit codes.

Exit codes: 0 done, 1 it failed, 2 wrong use of the command, 3 the settings are wrong, 4 a second person has
to approve it first.
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

from core.errors import SonghuaError
from core.second_person import WAITING, SecondPersonNeeded
from gateway.settings import BadSettings, Settings

if TYPE_CHECKING:
    from core.storage import Storage

FAILED, MISUSED, BAD_SETTINGS, WAITS = 1, 2, 3, 4

T = TypeVar("T")
out = Console()
err = Console(stderr=True)

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
    try:
        return Settings.load(config_file(given))
    except BadSettings as bad:
        for fault in bad.faults:
            err.print(f"[red]settings:[/] {fault}", highlight=False, soft_wrap=True)
        raise typer.Exit(BAD_SETTINGS) from None


def fail(what: str, remedy: str = "") -> NoReturn:
    err.print(f"[red]songhua:[/] {what}", highlight=False, soft_wrap=True)
    if remedy:
        err.print(f"[bold]remedy:[/] {remedy}", highlight=False, soft_wrap=True)
    raise typer.Exit(FAILED)


def run(work: Coroutine[Any, Any, T], *, as_json: bool = False) -> T:
    """Run one command's work; our own errors become one line with cause and remedy. `as_json` is for what
    waits for a second person.
    """
    try:
        return asyncio.run(work)
    except SecondPersonNeeded as needed:
        raise _waiting(needed, as_json=as_json) from None
    except SonghuaError as error:
        fail(f"{error.title}: {error.detail}" if error.detail else error.title, error.remedy)


def _waiting(needed: SecondPersonNeeded, *, as_json: bool) -> typer.Exit:
    """Say which request waits; the exit of the command."""
    number = needed.extra.get("number")
    if number is None:
        err.print(f"[red]songhua:[/] {needed.title}", highlight=False, soft_wrap=True)
        err.print(
            "[bold]remedy:[/] say --why, so that somebody can approve it", highlight=False, soft_wrap=True
        )
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
    # Imported here: not every command has to do with the database.
    from core.storage import Storage, create_engine  # noqa: PLC0415
    from gateway.wiring.sealing import LedgerChain, keys_of  # noqa: PLC0415

    storage = Storage(
        create_engine(settings.storage),
        origin=origin,
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
