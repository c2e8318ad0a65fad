"""Examines a running Asterisk against its settings and says what to change. Reads only, changes nothing."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from core.environment import without_secrets
from core.translation import gettext_lazy as _
from gateway.asterisk import asyncagi_checks, console_checks, machine_checks, trunk_checks
from gateway.asterisk.advisories import check_advisories
from gateway.asterisk.findings import DoctorFinding, Severity, fault
from gateway.asterisk.render import modules
from gateway.asterisk.settings import AsteriskSettings
from gateway.asterisk.silence import check_silence

CONSOLE_TIMEOUT = 10.0
LARGEST_ANSWER = 4 * 1024 * 1024


class Console(Protocol):
    """Asterisk's command line."""

    async def run(self, command: str) -> str:
        """What the command prints; an empty text when Asterisk does not answer."""


class AmiProbe(Protocol):
    """One log-in with the gateway's own AMI user."""

    async def clock(self) -> float:
        """Log in, ping, and return Asterisk's time (seconds since the epoch).

        Raises ConnectionError or PermissionError, TimeoutError.
        """


class LocalConsole:
    """`asterisk -rx` on this machine."""

    def __init__(self, program: str | Path, etc: Path) -> None:
        self._argv = [str(program), "-C", str(etc / "asterisk.conf"), "-rx"]

    async def run(self, command: str) -> str:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._argv,
                command,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=without_secrets(),
            )
        except OSError:
            return ""
        try:
            async with asyncio.timeout(CONSOLE_TIMEOUT):
                answer, _errors = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            return ""
        return answer[:LARGEST_ANSWER].decode(errors="replace") if process.returncode == 0 else ""


async def examine(
    settings: AsteriskSettings,
    console: Console,
    ami: AmiProbe | None = None,
    *,
    now: Callable[[], float] = time.time,
) -> list[DoctorFinding]:
    """Every finding, most urgent kinds first; an empty list means that nothing needs changing."""
    version = await console.run("core show version")
    if not version.strip():
        return await _examine_silent(settings, ami, now)
    findings = console_checks.check_version(version, settings)
    findings += check_advisories(version)
    findings += console_checks.check_modules(await console.run("module show"), modules(settings))
    findings += console_checks.check_rights(
        await console.run(f"manager show user {settings.ami.name}"), settings
    )
    if settings.asyncagi is not None:
        shown = await console.run(f"manager show user {settings.asyncagi.name}")
        findings += asyncagi_checks.check_account(shown, settings)
    for context, extension in console_checks.CONTEXTS.items():
        shown = await console.run(f"dialplan show {context}")
        findings += console_checks.check_context(context, extension, shown)
    dialplan = await console.run("dialplan show")
    findings += console_checks.check_applications(dialplan, await console.run("core show applications"))
    findings += await _examine_outside(settings, console, dialplan)
    for queue in settings.queues:
        findings += console_checks.check_queue(queue.name, await console.run(f"queue show {queue.name}"))
    findings += console_checks.check_cel(await console.run("cel show status"))
    acl = await console.run(f"acl show {settings.blocked_acl}")
    findings += console_checks.check_blocking(acl, settings)
    findings += console_checks.check_transports(await console.run("pjsip show transports"), settings)
    findings += machine_checks.check_listening(settings)
    findings += machine_checks.check_folders(settings)
    findings += machine_checks.check_prompts(settings)
    if ami is not None:
        findings += await _examine_login(settings, ami, now)
    return findings


async def _examine_silent(
    settings: AsteriskSettings, ami: AmiProbe | None, now: Callable[[], float]
) -> list[DoctorFinding]:
    """Its console tells nothing. What needs none of it is looked at, unless it does not run."""
    silence = await asyncio.to_thread(check_silence, settings)
    findings = [silence, *machine_checks.check_folders(settings)]
    if silence.severity is Severity.FAULT:
        return findings
    findings += machine_checks.check_listening(settings) + machine_checks.check_prompts(settings)
    return findings if ami is None else findings + await _examine_login(settings, ami, now)


async def _examine_outside(
    settings: AsteriskSettings, console: Console, dialplan: str
) -> list[DoctorFinding]:
    """Trunks, limits, emergency routes, strangers."""
    contacts = await console.run("pjsip show contacts")
    registrations = await console.run("pjsip show registrations")
    findings: list[DoctorFinding] = []
    for trunk in settings.trunks:
        shown = await console.run(f"pjsip show endpoint {trunk.name}")
        findings += trunk_checks.check_trunk(trunk, contacts, registrations)
        findings += trunk_checks.check_codecs(trunk, shown)
    findings += trunk_checks.check_emergency(settings, dialplan)
    findings += trunk_checks.check_limits(settings, dialplan)
    modules_shown = await console.run("module show")
    return findings + trunk_checks.check_strangers(modules_shown, await console.run("pjsip show endpoints"))


async def _examine_login(
    settings: AsteriskSettings, ami: AmiProbe, now: Callable[[], float]
) -> list[DoctorFinding]:
    try:
        before = now()
        theirs = await ami.clock()
        ours = (before + now()) / 2
    except (OSError, TimeoutError) as error:
        reason = re.sub(r"\s+", " ", f"{type(error).__name__}")
        return [
            fault(
                "ami",
                f"tcp 127.0.0.1:{settings.ports.ami} [{settings.ami.name}]",
                _("The gateway cannot log in by AMI ({reason}).", reason=reason),
                _(
                    "See that asterisk.ami.secret is the one in manager.conf, and that permit "
                    "holds the gateway's address."
                ),
            )
        ]
    return machine_checks.check_clock(theirs, ours)
