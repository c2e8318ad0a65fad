"""`songhua drain`: keep new calls from agents until no call is left; then a stop loses nothing.

Exit codes: 0 no call is left, 1 calls are left or it was refused, 2 wrong use, 3 the settings are wrong.
"""

from __future__ import annotations

import time
from typing import Annotated, Any, Final

import typer

from core.ids import uuid7
from gateway.commands.asking import RunningService, Url, User, refusing, signed_in
from gateway.commands.common import FAILED, ConfigOption, JsonOption, err, out, print_json

LOOKS_EVERY_S: Final = 1.0


def drain(
    within: Annotated[
        float, typer.Option(help="Seconds to wait for the last call to end.", min=1, max=3600)
    ] = 900,
    off: Annotated[bool, typer.Option("--off", help="Send calls to agents again. 恢复接入。")] = False,
    user: User = "",
    url: Url = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep new calls from agents until no call is left; then a stop loses nothing. 停机前排空通话。

    Callers who come meanwhile hear that they wait, and are put through after --off or the next start of the
    service. For a supervisor or administrator.
    """
    service = signed_in(config, user, url)
    with refusing():
        body = {"op_id": str(uuid7()), "on": not off, "within_s": within}
        seen: dict[str, Any] = service.ask("POST", "/api/drain", body)
        if not off:
            seen = _wait(service, seen, within, quiet=as_json)
    if as_json:
        print_json(seen)
    elif off:
        out.print("calls go to agents again")
    elif seen["left"] == 0:
        out.print(
            f"no call is left; {seen['kept_waiting']} callers wait. Stop the service, or: songhua drain --off"
        )
    if not off and (seen["left"] or not seen["on"]):
        ended = "the drain was ended meanwhile" if not seen["on"] else f"{seen['left']} calls are left"
        err.print(f"{ended}; see songhua status, or: songhua drain --off", markup=False, soft_wrap=True)
        raise typer.Exit(FAILED)


def _wait(service: RunningService, seen: dict[str, Any], within: float, *, quiet: bool) -> dict[str, Any]:
    """Until no call is left, somebody ends the drain, or the time is over."""
    end = time.monotonic() + within
    last = None
    while seen["left"] and seen["on"] and time.monotonic() < end:
        if seen["left"] != last and not quiet:
            out.print(f"{seen['left']} calls are left, {seen['kept_waiting']} callers wait")
        last = seen["left"]
        time.sleep(LOOKS_EVERY_S)
        seen = service.ask("GET", "/api/drain", None)
    return seen
