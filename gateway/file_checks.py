"""The doctor's checks of the service's files and folders, and of its degraded parts."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final

from core.translation import Translatable, Verbatim, pgettext_lazy
from core.translation import gettext_lazy as _
from gateway import needed_files
from gateway.asterisk.findings import DoctorFinding, fault, unchecked, warning
from gateway.settings import ROLES, RoleName, Settings
from gateway.tls.client import for_own
from gateway.tls.settings import ServerTls

TIMEOUT_S: Final = 3.0
LARGEST_ANSWER: Final = 256 * 1024


async def check_files(settings: Settings, config: Path | None) -> list[DoctorFinding]:
    """What the user of this command cannot use as the service must, and what everybody may use."""
    return await asyncio.to_thread(_unusable, settings) + await asyncio.to_thread(_open, settings, config)


async def check_running(settings: Settings) -> list[DoctorFinding]:
    """What running roles say of themselves: they see their sandbox, this command does not. A role that does
    not answer is not running, or does not tell us.
    """
    found: list[DoctorFinding] = []
    for role in ROLES:
        address = address_of_role(settings, role)
        if address is None:
            continue
        for part in await asyncio.to_thread(
            _parts, f"{address}/api/health", settings, tls_of_role(settings, role)
        ):
            if isinstance(part, dict) and part.get("state") != "up":
                why = str(part.get("why", ""))
                found.append(
                    warning(
                        "health",
                        f"{role}: {part.get('part')}",
                        _("The running service says: {why}", why=why),
                        _("Do what it says."),
                    )
                )
    return found


def _unusable(settings: Settings) -> list[DoctorFinding]:
    wanted = [place for role in ROLES for place in needed_files.places(settings, role)]
    return [
        unchecked(
            "files", str(one.place.path), _what(one), _("Run the doctor as the service's user, or with sudo.")
        )
        if one.unseen
        else fault("files", str(one.place.path), _what(one), Verbatim(one.remedy))
        for one in needed_files.find(dict.fromkeys(wanted))
    ]


def _what(one: needed_files.PathTrouble) -> Translatable:
    if one.place.need == "read":
        return pgettext_lazy("cannot be read", "{what}: {why}.", what=one.place.what, why=one.why)
    return pgettext_lazy("cannot be written", "{what}: {why}.", what=one.place.what, why=one.why)


def _open(settings: Settings, config: Path | None) -> list[DoctorFinding]:
    return [
        fault(
            "modes",
            str(path),
            _("Everybody on this machine may use it."),
            Verbatim(f"chmod o= {path}"),
        )
        for path in needed_files.open_to_all(settings, config)
    ]


def address_of_role(settings: Settings, role: RoleName) -> str | None:
    """Where this role answers HTTP on this machine; None where that cannot be known."""
    host, port = settings.metrics.host, settings.metrics.port_of(role)
    named = settings.metrics.port_files / f"{role}.port" if settings.metrics.port_files else None
    tls = tls_of_role(settings, role)
    if role == "centre":
        host, port, named = settings.web.host, settings.web.port, settings.web.port_file
    if not port and named is not None:
        try:
            port = int(named.read_text())
        except (OSError, ValueError):
            return None
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104  # compared, not bound
    return f"{'http' if tls is None else 'https'}://{host}:{port}" if port else None


def tls_of_role(settings: Settings, role: RoleName) -> ServerTls | None:
    return settings.web.tls if role == "centre" else settings.metrics_tls


def _parts(address: str, settings: Settings, tls: ServerTls | None) -> list[Any]:
    token = settings.metrics.token
    headers: Mapping[str, str] = (
        {} if token is None else {"Authorization": f"Bearer {token.get_secret_value()}"}
    )
    request = urllib.request.Request(address, headers=dict(headers))  # noqa: S310  # http, by our settings
    try:
        trust = None if tls is None else for_own(tls)
        with urllib.request.urlopen(request, timeout=TIMEOUT_S, context=trust) as answer:  # noqa: S310  # the same
            told = json.loads(answer.read(LARGEST_ANSWER))
    except (OSError, ValueError, HTTPException):
        return []
    parts = told.get("parts") if isinstance(told, dict) else None
    return parts if isinstance(parts, list) else []
