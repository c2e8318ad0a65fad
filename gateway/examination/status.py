"""The state of the whole system at this moment, as far as it can be asked. It reads, and needs no service."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from core.errors import SonghuaError
from core.storage import Storage, create_engine
from gateway import database
from gateway.asterisk.console import probe
from gateway.asterisk.silence import control_socket
from gateway.backup.age import age_of
from gateway.backup.restic.receipt import age_there
from gateway.examination.roles import RoleSight, roles_of
from gateway.examination.system import connects
from gateway.settings import Settings
from gateway.tls.seen import WARN, look
from gateway.wiring.ledger_settings import cdr_settings

PartState = Literal["up", "degraded", "down", "unknown"]
_MB: Final = 1_000_000
_ALARMS: Final = {
    "songhua_hotline_alarms_unanswered": "emergencies that nobody has answered",
    "songhua_identity_attack_now": "an attack on sign-in goes on",
    "songhua_identity_break_glass_open": "the sealed account is in use",
    "songhua_operating_mode_unconfirmed": "the operating mode waits for its second person",
}
_RIGHTS: Final = "songhua_identity_rights_alarms"


@dataclass(slots=True)
class SystemStatus:
    """`parts` in the order in which they are shown: `state`, `why`, and what each has besides."""

    at: datetime
    parts: dict[str, dict[str, Any]] = field(default_factory=dict)
    alarms: list[str] = field(default_factory=list)
    not_asked: list[str] = field(default_factory=list)

    def say(self, part: str, state: PartState, why: str = "", **more: Any) -> None:
        self.parts[part] = {"state": state, "why": why, **more}

    @property
    def exit_code(self) -> int:
        """2 while no centre or no switch takes calls, 1 where anything else is not well or not known."""
        states = {name: part["state"] for name, part in self.parts.items()}
        if states.get("role centre") != "up" or states.get("switch") == "down":
            return 2
        well = set(states.values()) <= {"up"} and not self.alarms and not self.not_asked
        return 0 if well else 1

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "at": self.at.isoformat(), "ok": self.exit_code == 0, "parts": self.parts, "alarms": self.alarms,
            "not_asked": self.not_asked,
        }  # fmt: skip


async def look_at(settings: Settings, unread: Collection[str] = ()) -> SystemStatus:
    """`unread` are the places of secrets that this user may not read."""
    seen = SystemStatus(datetime.now(UTC))
    seen.not_asked += [f"{place}: this user may not read it" for place in unread]
    roles = await roles_of(settings)
    for role in roles:
        _role(seen, role)
    await _switch(seen, settings)
    await _broker(seen, settings)
    await _database(seen, settings, unread)
    _disks(seen, settings)
    _certificates(seen, settings)
    _backup(seen, settings)
    _calls(seen, next((role for role in roles if role.name == "centre"), None))
    return seen


def _role(seen: SystemStatus, role: RoleSight) -> None:
    name = f"role {role.name}"
    more: dict[str, Any] = {}
    if role.holder is not None:
        more = {
            "since": f"{role.holder.since:%Y-%m-%dT%H:%M:%SZ}",
            "pid": role.holder.pid,
            "host": role.holder.host,
        }
    if role.told is None:
        if role.elsewhere:
            seen.say(name, "up", **more)
        elif not role.up:
            seen.say(name, "unknown" if role.unseen else "down", role.unseen)
        else:
            seen.say(name, "degraded", "it runs, and does not answer", **more)
        if role.up or role.unseen:
            seen.not_asked.append(f"{name}: nobody answers at {role.address or 'an unknown address'}")
        return
    bad = [one for one in role.told.get("parts", ()) if one.get("state") != "up"]
    if "parts" not in role.told:
        seen.not_asked.append(f"{name}: it tells its parts to insiders alone ([metrics] addresses, token)")
    reasons = [] if role.ready is None else list(role.ready.get("reasons", ()))
    why = f"not ready: {', '.join(reasons)}" if reasons else ""
    if bad and not why:
        why = f"degraded: {', '.join(str(one.get('part')) for one in bad)}"
    # A centre without its database takes calls all the same.
    harmless = {"database"} if role.name == "centre" else set()
    seen.say(name, "up" if set(reasons) <= harmless else "degraded", why, **more)
    seen.alarms += [f"{role.name}: {one.get('part')}: {one.get('why')}" for one in bad]


async def _switch(seen: SystemStatus, settings: Settings) -> None:
    one = settings.asterisk
    if one is None:
        seen.not_asked.append("switch: the settings name none")
        return
    host = settings.ami.host if settings.ami is not None else "127.0.0.1"
    port = settings.ami.port if settings.ami is not None else one.ports.ami
    answers = await asyncio.to_thread(connects, host, port)
    silence = await asyncio.to_thread(probe, control_socket(one))
    if not answers:
        seen.say("switch", "down", f"nobody listens at {host}:{port}")
    elif silence == "deaf":
        seen.say("switch", "degraded", "its console does not answer in time")
    else:
        seen.say("switch", "up", "", address=f"{host}:{port}")


async def _broker(seen: SystemStatus, settings: Settings) -> None:
    where = f"{settings.mqtt.host}:{settings.mqtt.port}"
    if await asyncio.to_thread(connects, settings.mqtt.host, settings.mqtt.port):
        seen.say("broker", "up", "", address=where)
    else:
        seen.say("broker", "down", f"nobody listens at {where}")


async def _database(seen: SystemStatus, settings: Settings, unread: Collection[str]) -> None:
    file = settings.storage.file()
    needed = database.head()
    if "storage.password" in unread:
        seen.say("database", "unknown", "its password may not be read by this user")
        return
    if file is not None:
        try:
            with file.open("r+b"):
                pass
        except FileNotFoundError:
            seen.say("database", "down", f"there is no {file}: songhua db upgrade")
            return
        except OSError as error:
            seen.say("database", "unknown", f"{file}: {error.strerror}")
            return
    storage = Storage(create_engine(settings.storage), origin="centre")
    try:
        await storage.ping()
        found = await database.current(storage)
    except SonghuaError as error:
        seen.say("database", "down", error.remedy or error.title)
        return
    finally:
        await storage.close()
    right = found == needed
    why = "" if right else f"schema {found or 'missing'}, needed {needed}: songhua db upgrade"
    seen.say("database", "up" if right else "degraded", why, schema=found)


def _disks(seen: SystemStatus, settings: Settings) -> None:
    ledger = cdr_settings(settings)
    places: dict[str, tuple[Path, int]] = {}
    if ledger.recordings is not None:
        places["recordings"] = (ledger.recordings, ledger.recordings_warn_mb)
    if ledger.cel_file is not None:
        places["call events"] = (ledger.cel_file.parent, ledger.disk_warn_mb)
    file = settings.storage.file()
    if file is not None:
        places["database"] = (file.absolute().parent, ledger.disk_warn_mb)
    for name, (folder, least) in places.items():
        try:
            free = shutil.disk_usage(folder).free // _MB
        except OSError as error:
            seen.say(f"disk of {name}", "unknown", f"{folder}: {error.strerror}")
            continue
        low = free < least
        seen.say(
            f"disk of {name}", "degraded" if low else "up", "free space now" if low else "", free_mb=free
        )


def _certificates(seen: SystemStatus, settings: Settings) -> None:
    for place, tls in settings.certificates():
        name = f"certificate {place}"
        try:
            left = look(tls.certificate).ends - seen.at
        except (OSError, ValueError) as error:
            seen.say(
                name, "unknown", f"{tls.certificate}: {getattr(error, 'strerror', None) or 'no certificate'}"
            )
            continue
        late = left < WARN
        seen.say(name, "degraded" if late else "up", "songhua tls renew" if late else "", days=left.days)


def _backup(seen: SystemStatus, settings: Settings) -> None:
    one = settings.backup
    if one.folder is None:
        return
    found = age_of(one.folder, one.every_h, seen.at)
    hours = None if found.age_s is None else round(found.age_s / 3_600, 1)
    seen.say("last good backup", "degraded" if found.why else "up", found.why, age_h=hours)
    if one.restic is not None:
        there = age_there(one.folder, one.restic.repository, one.every_h, seen.at)
        hours = None if there.age_s is None else round(there.age_s / 3_600, 1)
        state: PartState = "degraded" if there.why else "up"
        seen.say("last backup in the repository", state, there.why, age_h=hours)


def _calls(seen: SystemStatus, centre: RoleSight | None) -> None:
    figures: Mapping[str, float] = {} if centre is None else centre.figures
    if "songhua_hotline_calls" not in figures:
        seen.not_asked.append("calls, callers who wait, agents: the centre does not tell its figures")
        return
    states = {
        name.partition('state="')[2].partition('"')[0]: int(value)
        for name, value in figures.items()
        if name.startswith("songhua_hotline_agents{")
    }
    seen.say(
        "calls", "up", "", now=int(figures["songhua_hotline_calls"]),
        waiting=int(figures.get("songhua_hotline_callers_waiting", 0)), agents=states,
    )  # fmt: skip
    seen.alarms += [words for name, words in _ALARMS.items() if figures.get(name)]
    rights = sum(int(value) for name, value in figures.items() if name.startswith(_RIGHTS))
    if rights:
        seen.alarms.append(f"{rights} alarms about grave acts that nobody has answered")
