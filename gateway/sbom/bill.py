"""Builds the bill of this installation from the environment, the checkout, the models and the machine."""

from __future__ import annotations

import asyncio
import re
import shutil
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import gateway
from core.environment import without_secrets
from gateway.sbom.model import SbomComponent, document, purl
from gateway.sbom.models import models
from gateway.sbom.packages import console_packages, lock_of, python_packages
from gateway.sbom.system import private_switch, status_of, system_packages, unpackaged_switch
from gateway.settings import Settings

CHECKOUT: Final = Path(gateway.__file__).parents[1]
PACKED_SWITCH: Final = Path("/usr/lib/songhua-asterisk")
"""Where the package songhua-asterisk says which Debian packages its files were taken from."""
_SWITCH_S: Final = 10.0


async def bill(
    settings: Settings, *, serial: UUID, at: datetime, checkout: Path = CHECKOUT
) -> dict[str, Any]:
    """CycloneDX 1.6 as a tree of JSON values."""
    absent: list[str] = []
    needed = lock_of(checkout)
    if not needed:
        absent.append("requirements/run.lock: which Python packages tests alone need is not told")
    components = python_packages(needed or _every())
    components += _console(checkout, absent)
    components += await asyncio.to_thread(_models, settings, absent)
    components += await _machine(checkout, absent)
    return document(_product(), components, serial=serial, at=at, absent=absent)


def _every() -> frozenset[str]:
    return frozenset(one.name for one in python_packages(frozenset()))


def _product() -> SbomComponent:
    try:
        own = version("songhua")
    except PackageNotFoundError:
        own = "unknown"
    return SbomComponent(
        kind="application",
        name="songhua",
        version=own,
        purl=purl("generic", "songhua", own),
        licence="Apache-2.0",
    )


def _console(checkout: Path, absent: list[str]) -> list[SbomComponent]:
    lock = checkout / "console" / "package-lock.json"
    try:
        return console_packages(lock.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        absent.append(f"{lock}: the console's packages")
        return []


def _models(settings: Settings, absent: list[str]) -> list[SbomComponent]:
    speech = settings.speech
    try:
        return models(speech.models, speech.model_folder, speech.model_sha256)
    except OSError as error:
        absent.append(f"{speech.models}: recognisers' models ({error.strerror})")
        return []


async def _machine(checkout: Path, absent: list[str]) -> list[SbomComponent]:
    status = await asyncio.to_thread(status_of, Path("/"))
    if status is None:
        absent.append("/var/lib/dpkg/status: packages of the system")
    found = system_packages(status or {})
    inside = await asyncio.to_thread(status_of, checkout / ".songhua" / "asterisk-root")
    inside = inside or await asyncio.to_thread(status_of, PACKED_SWITCH)
    found += private_switch(inside or {})
    if not any(one.name == "asterisk" for one in found):
        told = await _switch_version()
        if told:
            found.append(unpackaged_switch(told))
        else:
            absent.append("asterisk: neither a package nor a program on PATH")
    return found


async def _switch_version() -> str:
    """What `asterisk -V` says; empty where there is none on this machine."""
    program = shutil.which("asterisk") or shutil.which("asterisk", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        return ""
    try:
        process = await asyncio.create_subprocess_exec(
            program,
            "-V",
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=without_secrets(),
        )
        async with asyncio.timeout(_SWITCH_S):
            said, _ = await process.communicate()
    except (OSError, TimeoutError):
        return ""
    found = re.search(rb"Asterisk ([0-9A-Za-z.+~/-]{1,80})", said)
    return found[1].decode() if found else ""
