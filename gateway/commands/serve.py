"""`songhua serve`: run all roles on this machine, or one of them."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from typing import Annotated

import typer

from core.log import configure, in_every_line
from gateway.commands.common import BAD_SETTINGS, MISUSED, ConfigOption, config_file, err, fail, load
from gateway.commands.failures import explained
from gateway.leases.roles import refuse_second
from gateway.processes.linux import end_with_supervisor
from gateway.processes.notify import ServiceNotifier
from gateway.processes.preloaded import fork_preloaded, is_preloaded, keep_metrics_of
from gateway.settings import ROLES, Settings
from gateway.supervise import Supervisor


def serve(
    config: ConfigOption = None,
    role: Annotated[
        str | None, typer.Option(help=f"Run only this role: {', '.join(ROLES)}. Without it, all.")
    ] = None,
) -> None:
    """Run the service until SIGTERM or Ctrl-C."""
    settings = load(config)
    configure(
        level=settings.log.level, json=settings.log.json_lines, show_personal=settings.log.show_personal
    )
    if role is not None and role not in ROLES:
        err.print(f"songhua: there is no role {role!r}; there are: {', '.join(ROLES)}")
        raise typer.Exit(MISUSED)
    # A machine that only recognises speech knows neither the switch nor its secrets.
    if role != "speech" and (settings.asterisk is None or settings.ami is None):
        err.print("settings: the sections [asterisk] and [ami] are missing; see songhua config example")
        raise typer.Exit(BAD_SETTINGS)
    try:
        if role is None:
            # Before anything is forked: roles do not speak to systemd for the supervisor.
            notifier = ServiceNotifier.asked()
            # Before there is an event loop, which cannot be forked.
            preloaded = fork_preloaded() if is_preloaded() else None
            waits = {"radio"} if settings.radio.standby else set()
            asyncio.run(refuse_second(settings, [one for one in ROLES if one not in waits]))
            supervisor = Supervisor(ROLES, config_file(config), preloaded=preloaded, notifier=notifier)
            asyncio.run(supervisor.run())
        else:
            # Until its parts are there to read anything again.
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            end_with_supervisor()
            in_every_line(role=role)
            keep_metrics_of(role)
            asyncio.run(_run_role(role, settings))
            # All parts have stopped: to take the interpreter apart as well takes longer than the stop itself.
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(0)
    except Exception as error:
        known = explained(error)
        if known is None:
            raise
        fail(known.cause, known.remedy, known.code)


async def _run_role(role: str, settings: Settings) -> None:
    # Hardly anything that a start makes is garbage, and to look for it takes a sixth of the start: `Process`
    # looks once, when the role is up.
    gc.disable()
    # Imported here: a role loads what it needs and nothing of the others.
    if role == "centre":
        from gateway.wiring.centre import assemble  # noqa: PLC0415
    elif role == "speech":
        from gateway.wiring.speech import assemble  # noqa: PLC0415
    else:
        from gateway.wiring.radio import assemble  # noqa: PLC0415
    await assemble(settings).run()
