"""`songhua board`: the live metrics of the running service in a terminal."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from core.errors import Unavailable
from gateway.commands.asking import RunningService, Url, User, refusing, signed_in
from gateway.commands.common import ConfigOption, JsonOption, out, print_json

EVERY_S = 1.0
TARGET = 0.95
"""GB/T 33358: the share of calls that reach somebody in 24 hours."""


def board(
    config: ConfigOption = None,
    user: User = "",
    url: Url = "",
    once: Annotated[bool, typer.Option("--once", help="Print it once and end.")] = False,
    as_json: JsonOption = False,
) -> None:
    """The live board: waiting callers, connect rate, agents and callbacks. Ctrl-C ends it.

    For a supervisor, dispatcher or agent. The password is asked for, or taken from SONGHUA_PASSWORD.
    """
    service = signed_in(config, user, url)
    with refusing():
        first = _board(service)
    if as_json:
        print_json(first)
    elif once:
        out.print(_drawn(first))
    else:
        _watch(service, first)


def _board(service: RunningService) -> dict[str, Any]:
    found: dict[str, Any] = service.ask("GET", "/api/board", None)
    return found


def _watch(service: RunningService, first: dict[str, Any]) -> None:
    with Live(_drawn(first), console=out, auto_refresh=False, screen=False) as live:
        try:
            while True:
                time.sleep(EVERY_S)
                try:
                    live.update(_drawn(_board(service)), refresh=True)
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
    lines += [_other(one) for one in seen["others"]]
    if not seen["filled"]:
        lines.append("what happened before the last start has not been read back yet")
    return Group(table, *lines)


def _other(one: dict[str, Any]) -> str:
    """Another switch of the city, in a line."""
    if not one["heard"] or one["total"] is None:
        return f"switch {one['switch']}: nothing is heard of its centre; its calls may go on"
    total = one["total"]
    return (
        f"switch {one['switch']}: {total['waiting']} waiting, {one['agents'].get('ready', 0)} ready, "
        f"{total['answered_today']} answered today"
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.1f} %"


def _seconds(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds:.0f} s"
