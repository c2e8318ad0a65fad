"""`songhua approvals`: acts that need a second person, for those who may approve them."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.text import Text

from gateway.commands.acting import operator
from gateway.commands.asking import Url, User, refusing, signed_in
from gateway.commands.common import ConfigOption, JsonOption, load, open_storage, out, print_json, run
from identity.approvals.model import ApprovalRequest
from identity.approvals.service import Approvals

app = typer.Typer(
    help="Acts that need a second person: list, approve, object. 需要第二人批准的操作。", no_args_is_help=True
)

Number = Annotated[int, typer.Argument(min=1, metavar="NUMBER", help="The request's number. 申请编号。")]


@app.command("list")
def list_requests(
    everything: Annotated[bool, typer.Option("--all", help="The last 200, however they ended.")] = False,
    user: User = "",
    url: Url = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Requests that wait for a person, and acts that were done alone. 列出申请。"""
    service = signed_in(config, user, url)
    with refusing():
        asked = "?everything=true" if everything else ""
        found: list[dict[str, Any]] = service.ask("GET", f"/api/approvals{asked}", None)["requests"]
    if as_json:
        print_json({"requests": found})
        return
    for one in found:
        what = ", ".join(f"{name} {value}" for name, value in one["parameters"].items() if value)
        line = f"{one['number']:>5}  {one['state']:9} {one['alarm'] or '':9} {one['act']} {what}"
        out.print(Text(line), soft_wrap=True)
        told = f"       by {one['asked_by']} {one['asked_at']}, until {one['until']}: {one['why']}"
        out.print(Text(told), soft_wrap=True)
    out.print(f"{len(found)} requests, times in UTC", highlight=False)


@app.command()
def approve(
    number: Number, user: User = "", url: Url = "", config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Approve another person's request: its act runs once. 批准。"""
    _decide(config, user, url, f"/api/approvals/{number}/approve", None, as_json=as_json)


@app.command("object")
def object_to(
    number: Number,
    why: Annotated[str, typer.Option(prompt=True, help="Why; it stays, and alarms. 理由。")],
    user: User = "",
    url: Url = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Object to a request, or to an act done alone; raises an alarm. 提出异议。"""
    _decide(config, user, url, f"/api/approvals/{number}/object", {"why": why}, as_json=as_json)


@app.command()
def withdraw(
    number: Number, user: User = "", url: Url = "", config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Take an own request back: without --user that of a command, with it that of the desk. 撤回申请。"""
    if user:
        _decide(config, user, url, f"/api/approvals/{number}/withdraw", None, as_json=as_json)
        return
    settings = load(config)

    async def take_back() -> ApprovalRequest:
        async with open_storage(settings) as storage:
            return await Approvals(storage, settings.identity.approvals).withdraw(operator(), number)

    found = run(take_back())
    _tell({"number": found.number, "state": found.state}, as_json=as_json)


def _decide(
    config: ConfigOption, user: str, url: str, path: str, body: dict[str, Any] | None, *, as_json: bool
) -> None:
    service = signed_in(config, user, url)
    with refusing():
        said = service.ask("POST", path, body)
    _tell(said, as_json=as_json)


def _tell(said: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(said)
        return
    out.print(f"request {said['number']} is {said['state']}", markup=False, highlight=False)
