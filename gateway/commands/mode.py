"""`songhua mode`: the operating mode, asked of the running service.

Exit codes: 0 done, 1 it was refused or the service is away, 2 wrong use, 3 the settings are wrong, 4 it waits
for a second person.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

import typer
from rich.table import Table

from core.ids import uuid7
from gateway.commands.asking import Url, User, refusing, signed_in
from gateway.commands.common import ConfigOption, JsonOption, fail, out, print_json

HELP: Final = "The operating mode: show, ask for another, confirm. 运行模式：查看、申请、确认。"
WAITS: Final = 4
_ACT: Final = "change-mode"

app = typer.Typer(help=HELP, no_args_is_help=True)


class Mode(StrEnum):
    """平时、应急、战时。"""

    PEACE = "peace"
    EMERGENCY = "emergency"
    WARTIME = "wartime"


@app.callback()
def mode() -> None:
    """The operating mode: show, ask for another, confirm. 运行模式：查看、申请、确认。"""


@app.command()
def show(user: User = "", url: Url = "", config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show which mode holds, since when, why, and by whom. 查看当前运行模式。"""
    service = signed_in(config, user, url)
    with refusing():
        found: dict[str, Any] = service.ask("GET", "/api/mode", None)
    if as_json:
        print_json(found)
        return
    now = found["now"]
    second = now["confirmed_by"] or ("–" if now["version"] == 0 else "not confirmed")
    out.print(f"{now['mode']} since {now['since'][:16]}: {now['why']}", markup=False, highlight=False)
    out.print(f"by {now['by'] or '–'}, second person {second}", markup=False, highlight=False)
    table = Table("version", "mode", "since (UTC)", "by", "second person", "why")
    for one in found["versions"]:
        cells = (one["mode"], one["since"][:16], one["by"], one["confirmed_by"] or "–", one["why"])
        table.add_row(str(one["version"]), *cells)
    out.print(table)


@app.command()
def request(
    wanted: Annotated[Mode, typer.Argument(metavar="MODE", help="peace, emergency or wartime.")],
    why: Annotated[str, typer.Option(help="The reason; it is kept, so without names. 理由。")],
    alone: Annotated[
        bool, typer.Option("--alone", help="Nobody else is here: act now, to a higher mode. 单人先行。")
    ] = False,
    incident: Annotated[UUID | None, typer.Option(help="The mass incident it is about. 突发事件。")] = None,
    op: Annotated[UUID | None, typer.Option("--op", help="Of an earlier try. 上次操作的标识。")] = None,
    user: User = "",
    url: Url = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask for another mode; a second person approves it. 申请切换，由第二人批准。"""
    service = signed_in(config, user, url)
    body = {
        "op_id": str(op or uuid7()), "mode": wanted.value, "why": why, "alone": alone,
        "incident_id": None if incident is None else str(incident),
    }  # fmt: skip
    with refusing():
        found: dict[str, Any] = service.ask("POST", "/api/mode/request", body)
    if as_json:
        print_json(found)
    else:
        told = f"request {found['number']}: {found['state']}; now {found['mode']['mode']}"
        out.print(told, markup=False, highlight=False)
    if found["state"] == "waiting":
        raise typer.Exit(WAITS)


@app.command()
def confirm(
    number: Annotated[
        int | None, typer.Argument(min=1, help="The request; else the one that waits. 申请编号。")
    ] = None,
    user: User = "",
    url: Url = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Approve another person's request for a mode, also one that was done alone. 第二人确认。"""
    service = signed_in(config, user, url)
    with refusing():
        if number is None:
            asked = service.ask("GET", "/api/approvals", None)["requests"]
            waiting = [one["number"] for one in asked if one["act"] == _ACT and not one["own"]]
            if not waiting:
                fail("no request for a mode waits for you", "see songhua approvals list")
            number = waiting[0]
        found: dict[str, Any] = service.ask("POST", f"/api/approvals/{number}/approve", None)
    if as_json:
        print_json(found)
        return
    out.print(f"request {number}: {found['state']}", markup=False, highlight=False)
