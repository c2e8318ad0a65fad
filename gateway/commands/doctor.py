"""`songhua doctor`: examine the whole system, as any user, and say what could not be checked.

Exit codes: 0 no fault, 1 a fault, 2 wrong use, 3 the settings are wrong.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from core.errors import SonghuaError
from gateway.ami.client import AmiClient
from gateway.asterisk.console import ControlSocket
from gateway.asterisk.doctor import Console, LocalConsole
from gateway.asterisk.findings import DoctorFinding, Severity
from gateway.asterisk.silence import control_socket
from gateway.commands.common import ConfigOption, JsonOption, config_file, load, out, print_json, run
from gateway.examination.system import examine_system
from gateway.secret_sources import without_unreadable
from gateway.settings import Settings

LOGIN_S = 5.0

Language = Annotated[str, typer.Option(help="zh or en.")]
Program = Annotated[
    str, typer.Option(help="Asterisk's program, to ask by it; without it its control socket is asked.")
]


def doctor(
    config: ConfigOption = None, as_json: JsonOption = False, language: Language = "en", program: Program = ""
) -> None:
    """Examine the whole system; what could not be checked is said. 系统体检。"""
    with without_unreadable() as unread:
        settings = load(config)
    found = run(
        examine_system(
            settings,
            config_file(config),
            console=console_of(settings, program),
            ami=AmiLogin(settings),
            unread=unread,
        )
    )
    tell(found, as_json=as_json, language=language)


def tell(found: Sequence[DoctorFinding], *, as_json: bool, language: str) -> None:
    """Print the findings; the command ends with 1 if one of them is a fault."""
    if as_json:
        print_json(
            [
                {
                    "check": one.check,
                    "severity": one.severity,
                    "where": one.where,
                    "what": one.what.in_language(language),
                    "remedy": one.remedy.in_language(language),
                }
                for one in found
            ]
        )
    else:
        for one in found:
            head = f"{one.severity}: {one.where}: {one.what.in_language(language)}"
            out.print(head, markup=False, soft_wrap=True)
            out.print(f"  {one.remedy.in_language(language)}", markup=False, soft_wrap=True)
        if not found:
            out.print("nothing to change")
    if any(one.severity is Severity.FAULT for one in found):
        raise typer.Exit(1)


def console_of(settings: Settings, program: str) -> Console:
    if settings.asterisk is None:
        return ControlSocket(Path("/nowhere"))
    if program:
        return LocalConsole(shutil.which(program) or program, settings.asterisk.directories.etc)
    return ControlSocket(control_socket(settings.asterisk))


class AmiLogin:
    """Fills the doctor's `AmiProbe`: one log-in with the gateway's own account."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def clock(self) -> float:
        if self._settings.ami is None:
            raise ConnectionError("the section [ami] is missing")
        client = AmiClient(self._settings.ami.model_copy(update={"heartbeat": False}))
        running = asyncio.create_task(client.run())
        try:
            async with asyncio.timeout(LOGIN_S):
                await client.ready()
            return float((await client.action("Ping")).get("Timestamp", "0"))
        except SonghuaError as error:
            raise ConnectionError(error.detail) from error
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
