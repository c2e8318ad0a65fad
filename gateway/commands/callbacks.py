"""`songhua callbacks`: open callbacks, read from the database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from core.storage import Storage
from gateway.commands.acting import audit_trail, operator
from gateway.commands.common import (
    ConfigOption,
    JsonOption,
    load,
    masked,
    open_storage,
    out,
    print_json,
    run,
)
from hotline.outbound.callbacks import store
from hotline.outbound.callbacks.model import Entry
from hotline.outbound.callbacks.view import view

app = typer.Typer(help="Callbacks that are still open.", no_args_is_help=True)


@app.callback()
def callbacks() -> None:
    """Callbacks that are still open."""


@app.command("list")
def list_callbacks(
    closed: Annotated[
        bool, typer.Option(help="The last ones that are done, instead of the open ones.")
    ] = False,
    reveal: Annotated[bool, typer.Option(help="Show telephone numbers in full.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 200,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Callbacks in the order in which they are served; numbers are masked unless --reveal is given."""
    settings = load(config)

    async def read() -> list[Entry]:
        async with open_storage(settings) as storage:
            if reveal:
                what = "callbacks:closed" if closed else "callbacks"
                await audit_trail(storage, settings).record(operator(), "list-callbacks", what)
            return await _read(storage, closed, limit)

    entries = run(read())
    if as_json:
        print_json([_shown(entry, reveal) for entry in entries])
        return
    out.print(_table(entries, reveal, settings.hotline.callbacks.zone))


async def _read(storage: Storage, closed: bool, limit: int) -> list[Entry]:
    async with storage.read() as connection:
        find = store.lately_closed if closed else store.open_ones
        return await find(connection, limit)


def _shown(entry: Entry, reveal: bool) -> dict[str, Any]:
    shown = view(entry).model_dump(mode="json")
    if not reveal:
        shown["number"] = masked(entry.number)
        shown["note"] = ""
        for attempt in shown["attempts"]:
            attempt["note"] = ""
    return shown


def _table(entries: list[Entry], reveal: bool, zone: ZoneInfo) -> Table:
    table = Table("queued", "number", "queue", "stage", "due", "calls", "attempts", "agent", "outcome")
    for entry in entries:
        agent = entry.offered_to or entry.assigned_to or (entry.attempt.agent_id if entry.attempt else "")
        table.add_row(
            _moment(entry.place, zone),
            entry.number if reveal else masked(entry.number),
            entry.queue,
            entry.stage,
            _moment(entry.due, zone),
            str(len(entry.calls)),
            ", ".join(attempt.outcome or "…" for attempt in entry.attempts),
            agent,
            entry.outcome or "",
        )
    return table


def _moment(at: float, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at, UTC).astimezone(zone).strftime("%m-%d %H:%M:%S")
