"""`songhua asterisk`: render its configuration, and examine a running one."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from core.errors import SonghuaError
from gateway.ami.client import AmiClient
from gateway.asterisk.descriptor_checks import check_descriptors
from gateway.asterisk.doctor import LocalConsole, examine
from gateway.asterisk.findings import DoctorFinding, Severity
from gateway.asterisk.metrics_checks import check_figures
from gateway.asterisk.render import prepare_directories, render
from gateway.asterisk.settings import AsteriskSettings
from gateway.commands.common import (
    BAD_SETTINGS,
    ConfigOption,
    JsonOption,
    config_file,
    err,
    load,
    out,
    print_json,
    run,
)
from gateway.file_checks import check_files, check_running
from gateway.settings import ROLES, Settings
from gateway.tls.checks import check_certificates
from gateway.tls.client import for_own

app = typer.Typer(help="Asterisk: render its configuration, examine it.", no_args_is_help=True)

LOGIN_S = 5.0


def _asterisk(settings: Settings) -> AsteriskSettings:
    if settings.asterisk is None:
        err.print("settings: the section [asterisk] is missing; see songhua config example", markup=False)
        raise typer.Exit(BAD_SETTINGS)
    return settings.asterisk


@app.command("render")
def render_command(
    to: Annotated[Path, typer.Option("--out", help="Folder for the rendered files.", file_okay=False)],
    config: ConfigOption = None,
    directories: Annotated[bool, typer.Option(help="Make the folders that Asterisk writes to.")] = False,
) -> None:
    """Write Asterisk's configuration from the settings. Nothing outside the folder is touched."""
    asterisk = _asterisk(load(config))
    for file in render(asterisk, to):
        out.print(str(file), markup=False, soft_wrap=True)
    if directories:
        prepare_directories(asterisk)


@app.command()
def doctor(
    config: ConfigOption = None,
    as_json: JsonOption = False,
    language: Annotated[str, typer.Option(help="zh or en.")] = "en",
    program: Annotated[str, typer.Option(help="Asterisk's program.")] = "asterisk",
) -> None:
    """Examine modules, rights, clocks, ports, files; say what to change. Exit code 1 on a fault."""
    settings = load(config)
    asterisk = _asterisk(settings)
    console = LocalConsole(shutil.which(program) or program, asterisk.directories.etc)
    findings = run(_examine(settings, asterisk, console, config_file(config)))
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
                for one in findings
            ]
        )
    else:
        for one in findings:
            head = f"{one.severity}: {one.where}: {one.what.in_language(language)}"
            out.print(head, markup=False, soft_wrap=True)
            out.print(f"  {one.remedy.in_language(language)}", markup=False, soft_wrap=True)
        if not findings:
            out.print("nothing to change")
    if any(one.severity is Severity.FAULT for one in findings):
        raise typer.Exit(1)


async def _examine(
    settings: Settings, asterisk: AsteriskSettings, console: LocalConsole, config: Path | None
) -> list[DoctorFinding]:
    figures = settings.metrics
    ports: dict[str, int] = {role: port for role in ROLES if (port := figures.port_of(role))}
    found = await examine(asterisk, console, _Login(settings))
    tls = settings.metrics_tls
    with suppress(OSError):  # what is wrong with the certificate is said below
        found += await check_figures(figures.host, ports, None if tls is None else for_own(tls))
    found += check_descriptors()
    found += check_certificates(settings, datetime.now(UTC))
    return found + await check_files(settings, config) + await check_running(settings)


class _Login:
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
