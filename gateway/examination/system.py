"""The doctor's examination of the whole system. Reads only; what cannot be seen is a finding of its own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from core.errors import SonghuaError
from core.storage import Storage, create_engine
from core.translation import Verbatim
from core.translation import gettext_lazy as _
from gateway import database
from gateway.asterisk.descriptor_checks import check_descriptors
from gateway.asterisk.doctor import AmiProbe, Console, examine
from gateway.asterisk.findings import DoctorFinding, Severity, fault, unchecked, warning
from gateway.asterisk.metrics_checks import check_figures
from gateway.examination.roles import RoleSight, roles_of
from gateway.file_checks import check_files, check_running
from gateway.machine_user import machine_user
from gateway.settings import ROLES, Settings
from gateway.tls.checks import check_certificates
from gateway.tls.client import for_own

CONNECTS_S: Final = 2.0
_AS_SERVICE = _("Run the doctor as the service's user, or with sudo.")


async def examine_system(
    settings: Settings,
    config: Path | None,
    *,
    console: Console,
    ami: AmiProbe,
    unread: Collection[str] = (),
) -> list[DoctorFinding]:
    """Every finding, faults first. `unread` are the places of secrets that this user may not read: what needs
    them is not tried.
    """
    found = [_unread(place) for place in unread]
    if settings.asterisk is None:
        found.append(unchecked("settings", "[asterisk]", _("The settings name no switch."), _NO_SECTION))
    else:
        login = None if "ami.secret" in unread else ami
        found += await examine(settings.asterisk, console, login)
    found += await _figures(settings)
    found += check_descriptors()
    found += check_certificates(settings, datetime.now(UTC))
    found += await check_files(settings, config)
    found += await _database(settings, unread)
    found += await _broker(settings)
    found += [one for role in await roles_of(settings) for one in _role(role)]
    found += await check_running(settings)
    order = list(Severity)
    return sorted(found, key=lambda one: order.index(one.severity))


_NO_SECTION = _("See songhua config example.")


def _unread(place: str) -> DoctorFinding:
    return unchecked(
        "secrets",
        place,
        _("The user {user} may not read this secret: what needs it is not checked.", user=machine_user()),
        _AS_SERVICE,
    )


async def _figures(settings: Settings) -> list[DoctorFinding]:
    figures, tls = settings.metrics, settings.metrics_tls
    ports: dict[str, int] = {role: port for role in ROLES if (port := figures.port_of(role))}
    try:
        trust = None if tls is None else for_own(tls)
    except OSError:
        return []  # what is wrong with the certificate is said by its own check
    return await check_figures(figures.host, ports, trust)


async def _database(settings: Settings, unread: Collection[str]) -> list[DoctorFinding]:
    where = settings.storage.file() or "storage.url"
    if "storage.password" in unread:
        return [unchecked("database", str(where), _("Its password may not be read here."), _AS_SERVICE)]
    if isinstance(where, Path):
        silent = _unopened(where)
        if silent is not None:
            return [silent]
    storage = Storage(create_engine(settings.storage), origin="centre")
    try:
        await storage.ping()
        await database.check(storage)
    except SonghuaError as error:
        what = f"{error.title}: {error.detail}" if error.detail else error.title
        return [fault("database", str(where), Verbatim(what), Verbatim(error.remedy))]
    finally:
        await storage.close()
    return []


def _unopened(file: Path) -> DoctorFinding | None:
    """Before SQLite tries: it would make a missing file, and say little of one that it may not use."""
    try:
        with file.open("r+b"):
            return None
    except FileNotFoundError:
        return fault(
            "database", str(file), _("There is no database."), Verbatim("songhua db upgrade")
        )  # fmt: skip
    except OSError:
        return unchecked("database", str(file), _("This user may not use the database."), _AS_SERVICE)


async def _broker(settings: Settings) -> list[DoctorFinding]:
    host, port = settings.mqtt.host, settings.mqtt.port
    if await asyncio.to_thread(connects, host, port):
        return []
    return [
        warning(
            "broker",
            f"tcp {host}:{port}",
            _("Nobody listens at the broker's address: transcripts and dispatches wait."),
            _("Start it: systemctl start mosquitto; or correct mqtt.host and mqtt.port."),
        )
    ]


def connects(host: str, port: int) -> bool:
    """Whether somebody listens there. Blocking."""
    try:
        with socket.create_connection((host, port), timeout=CONNECTS_S):
            return True
    except OSError:
        return False


def _role(role: RoleSight) -> list[DoctorFinding]:
    if role.unseen:
        return [unchecked("role", role.name, Verbatim(role.unseen), _AS_SERVICE)]
    if role.holder is None:
        return [
            warning(
                "role",
                role.name,
                _("The role {role} does not run.", role=role.name),
                _("Start it: systemctl start songhua; or songhua serve --role {role}.", role=role.name),
            )
        ]
    if role.told is None and role.address and not role.elsewhere:
        return [
            unchecked(
                "role",
                role.name,
                _("The role {role} runs ({holder}), and does not answer at {address}.",
                  role=role.name, holder=str(role.holder), address=role.address),
                _("See its log; if it stays so, restart it."),
            )
        ]  # fmt: skip
    return []
