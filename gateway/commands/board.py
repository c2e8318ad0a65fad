"""`songhua board`: the live figures in a terminal, asked of the running service."""

from __future__ import annotations

import http.cookiejar
import json
import os
import shutil
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from core.errors import Unavailable
from gateway.commands.common import FAILED, ConfigOption, JsonOption, err, fail, load, out, print_json
from gateway.settings import Settings

PASSWORD_VARIABLE = "SONGHUA_PASSWORD"  # noqa: S105  # the variable's name
EVERY_S = 1.0
DEADLINE_S = 5.0
TARGET = 0.95
"""GB/T 33358: the share of calls that reach somebody in 24 hours."""


class Service:
    """The running service as one signed-in person sees it."""

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)

    def sign_in(self, user: str, password: str) -> None:
        self.ask("POST", "/api/session", {"user": user, "password": password})

    def board(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ask("GET", "/api/board", None)
        return found

    def ask(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        request = urllib.request.Request(  # noqa: S310  # the operator's own address
            self._address + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"X-Songhua": "1", "Content-Type": "application/json"},
        )
        try:
            with self._opener.open(request, timeout=DEADLINE_S) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            raise _refusal(error) from error
        except (OSError, ValueError) as error:
            raise Unavailable(
                f"{self._address} does not answer", remedy="see that `songhua serve` runs, or give --url"
            ) from error

    def fetch(self, path: str, file: Path) -> None:
        """Write what is answered into the file. Raises `Unavailable`, and `OSError` for the file."""
        request = urllib.request.Request(self._address + path, headers={"X-Songhua": "1"})  # noqa: S310
        try:
            with self._opener.open(request, timeout=DEADLINE_S) as answer, file.open("wb") as stream:
                shutil.copyfileobj(answer, stream)
        except urllib.error.HTTPError as error:
            raise _refusal(error) from error
        except urllib.error.URLError as error:
            raise Unavailable(
                f"{self._address} does not answer", remedy="see that `songhua serve` runs, or give --url"
            ) from error


def board(
    config: ConfigOption = None,
    user: Annotated[
        str, typer.Option(help="Who looks: a supervisor, dispatcher or agent.", envvar="SONGHUA_USER")
    ] = "",
    url: Annotated[str, typer.Option(help="Where the service is; from the settings by default.")] = "",
    once: Annotated[bool, typer.Option("--once", help="Print it once and end.")] = False,
    as_json: JsonOption = False,
) -> None:
    """The live board: who waits, the connect rate, agents and callbacks. Ctrl-C ends it.

    The password is asked for, or taken from SONGHUA_PASSWORD.
    """
    service = signed_in(config, user, url)
    try:
        first = service.board()
    except Unavailable as error:
        fail(error.detail, error.remedy)
    if as_json:
        print_json(first)
    elif once:
        out.print(_drawn(first))
    else:
        _watch(service, first)


def signed_in(config: ConfigOption, user: str, url: str) -> Service:
    """The running service as this person; the password is asked for, or taken from SONGHUA_PASSWORD. Who may
    not sign in, or where nobody answers, ends the command.
    """
    service = Service(url or _address(load(config)))
    name = user or typer.prompt("User")
    password = os.environ.get(PASSWORD_VARIABLE) or typer.prompt("Password", hide_input=True)
    try:
        service.sign_in(name, password)
    except Unavailable as error:
        fail(error.detail, error.remedy)
    return service


def _watch(service: Service, first: dict[str, Any]) -> None:
    with Live(_drawn(first), console=out, auto_refresh=False, screen=False) as live:
        try:
            while True:
                time.sleep(EVERY_S)
                try:
                    live.update(_drawn(service.board()), refresh=True)
                except Unavailable as error:
                    live.update(Text(error.detail, style="red"), refresh=True)
        except KeyboardInterrupt:
            return


def _drawn(seen: dict[str, Any]) -> Group:
    table = Table(
        "queue",
        "waiting",
        "longest",
        "15 s (24 h)",
        "connect (24 h)",
        "answered",
        "abandoned",
        "wait",
        "talk",
    )
    for row in [*seen["queues"], {**seen["total"], "queue": "all"}]:
        rate = row["connect_rate_24h"]
        table.add_row(
            row["queue"],
            str(row["waiting"]),
            _seconds(row["longest_wait_s"]) if row["waiting"] else "",
            _percent(row["within_15s_24h"]),
            Text(_percent(rate), style="" if rate is None else ("green" if rate >= TARGET else "red")),
            str(row["answered_today"]),
            str(row["abandoned_today"]),
            _seconds(row["average_wait_today_s"]),
            _seconds(row["average_talk_today_s"]),
        )
    agents = "  ".join(f"{state} {count}" for state, count in seen["agents"].items()) or "nobody signed in"
    due, is_open, live = (seen[f"callbacks_{name}"] for name in ("due", "open", "live"))
    lines = [f"agents     {agents}", f"callbacks  due {due}  open {is_open}  live {live}"]
    if seen["unheard"]:
        lines.append(f"speech     {seen['unheard']} legs speak and nobody writes them down")
    if not seen["filled"]:
        lines.append("what happened before the last start has not been read back yet")
    return Group(table, *lines)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.1f} %"


def _seconds(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds:.0f} s"


def _address(settings: Settings) -> str:
    port = settings.web.port
    file = settings.web.port_file
    if port == 0 and file is not None and file.exists():
        port = int(file.read_text(encoding="utf-8").strip() or 0)
    if port == 0:
        err.print("[red]songhua:[/] the settings do not say on which port the web listens")
        err.print("[bold]remedy:[/] give --url")
        raise typer.Exit(FAILED)
    return f"http://{settings.web.host}:{port}"


def _refusal(error: urllib.error.HTTPError) -> Unavailable:
    try:
        problem = json.loads(error.read())
    except ValueError:
        problem = {}
    title = problem.get("title") or f"the service answered {error.code}"
    return Unavailable(str(title), remedy=str(problem.get("remedy") or "see the service's log"))
