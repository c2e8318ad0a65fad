"""`songhua conference`: the conferences of cases, read from the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import typer

from gateway.commands.common import (
    FAILED,
    ConfigOption,
    JsonOption,
    err,
    load,
    open_storage,
    out,
    print_json,
    run,
)
from hotline.conferences import store
from hotline.conferences.view import ConferenceView, view

app = typer.Typer(help="Incident conferences: list, show. 现场会商。", no_args_is_help=True)


@app.callback()
def conferences() -> None:
    """The conferences of cases."""


@app.command("list")
def list_conferences(
    ended: Annotated[bool, typer.Option("--ended", help="Also those that are over.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Those that are open, the newest first."""
    settings = load(config)

    async def work() -> Sequence[ConferenceView]:
        async with open_storage(settings) as storage, storage.read() as connection:
            rows = await store.listed(connection, ended=ended)
            members = await store.members_of(connection, [row.conference_id for row in rows])
            return [view(row, members[row.conference_id], None, None) for row in rows]

    found = run(work())
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
        return
    for one in found:
        _tell(one)


@app.command()
def show(
    conference_id: Annotated[UUID, typer.Argument(help="Its id, as `list` prints it.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """One conference and its members."""
    settings = load(config)

    async def work() -> ConferenceView | None:
        async with open_storage(settings) as storage, storage.read() as connection:
            row = await store.find(connection, conference_id)
            members = await store.members_of(connection, [conference_id])
            return None if row is None else view(row, members[conference_id], None, None)

    found = run(work())
    if found is None:
        err.print("there is no such conference: see songhua conference list --ended")
        raise typer.Exit(FAILED)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    _tell(found)
    for one in found.members:
        why = f" ({one.outcome})" if one.outcome else ""
        out.print(f"  {one.state}  {one.kind}  {one.name}{why}", highlight=False)


def _tell(one: ConferenceView) -> None:
    here = sum(member.state == "present" for member in one.members)
    state = f"ended ({one.end_cause})" if one.ended_at else f"open, {here} members"
    out.print(
        f"{one.conference_id}  case {one.case_id}  {one.opened_at:%Y-%m-%d %H:%M}  {state}", highlight=False
    )
