"""`songhua config check --online`: tries what the settings name, within time limits.

What cannot be tried is said, too: `unknown`.
"""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from core.listening.addresses import is_loopback, is_unspecified, parsed
from gateway.listeners.model import Bound, ListeningSocket
from gateway.listeners.table import LISTENERS
from gateway.settings import ROLES, RoleName, Settings

LIMIT_S: Final = 5.0
OURS: Final = frozenset(ROLES) | {"radio, speech"}
_SYNCHRONISED: Final = Path("/run/systemd/timesync/synchronized")
_EARLIEST: Final = 2025


@dataclass(frozen=True, slots=True)
class TriedPeer:
    """`what` was tried, and what came of it."""

    what: str
    state: Literal["good", "failed", "unknown"]
    said: str
    remedy: str = ""


def tried(settings: Settings) -> list[TriedPeer]:
    """Everything, side by side."""
    return asyncio.run(_tried(settings))


async def _tried(settings: Settings) -> list[TriedPeer]:
    probes: list[tuple[str, Callable[[], Awaitable[list[TriedPeer]]]]] = [
        ("ports", lambda: asyncio.to_thread(lambda: list(_ports(settings)))),
        ("hosts", lambda: _hosts(settings)),
        ("database", lambda: _database(settings)),
        ("manager interface", lambda: _manager(settings)),
        ("broker", lambda: _broker(settings)),
        ("disks", lambda: asyncio.to_thread(lambda: list(_disks(settings)))),
        ("clock", lambda: asyncio.to_thread(lambda: list(_clock(settings)))),
    ]
    found = await asyncio.gather(*(_limited(what, probe) for what, probe in probes))
    return [one for several in found for one in several]


async def _limited(what: str, probe: Callable[[], Awaitable[list[TriedPeer]]]) -> list[TriedPeer]:
    try:
        async with asyncio.timeout(LIMIT_S * 2):
            return await probe()
    except TimeoutError:
        return [TriedPeer(what, "unknown", f"no answer within {LIMIT_S * 2:g} s", "try it again by itself")]


def _ports(settings: Settings) -> Iterator[TriedPeer]:
    for listener in LISTENERS:
        for bound in listener.bound(settings):
            if bound.first and (listener.by in OURS or (is_loopback(bound.host) and not bound.last)):
                yield _port(listener, bound)


def _port(listener: ListeningSocket, bound: Bound) -> TriedPeer:
    what = f"{listener.protocol} {bound.host}:{bound.first} ({listener.name})"
    if listener.protocol == "tcp" and _answers(bound):
        return TriedPeer(what, "good", "it answers")
    if listener.by not in OURS:
        return TriedPeer(what, "unknown", "nothing answers", f"start {listener.by}, then check again")
    kind = socket.SOCK_STREAM if listener.protocol == "tcp" else socket.SOCK_DGRAM
    family = socket.AF_INET6 if ":" in bound.host else socket.AF_INET
    with socket.socket(family, kind) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((bound.host, bound.first))
        except OSError as error:
            return _taken(what, error)
    return TriedPeer(what, "good", "it is free")


def _taken(what: str, error: OSError) -> TriedPeer:
    if error.errno == errno.EADDRINUSE:
        return TriedPeer(
            what, "unknown", "it is taken, by the service or by another", "ss -lntup says by whom"
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return TriedPeer(what, "failed", "this machine does not have that address", "ip addr lists them")
    if error.errno in {errno.EACCES, errno.EPERM}:
        remedy = "choose a port from 1024 on, or let the service have CAP_NET_BIND_SERVICE"
        return TriedPeer(what, "failed", "this user may not listen there", remedy)
    return TriedPeer(what, "failed", error.strerror or str(error), "correct the host in the settings")


def _answers(bound: Bound) -> bool:
    host = "127.0.0.1" if is_unspecified(bound.host) else bound.host
    try:
        with socket.create_connection((host, bound.first), timeout=LIMIT_S / 5):
            return True
    except OSError:
        return False


async def _hosts(settings: Settings) -> list[TriedPeer]:
    names = sorted({name for name in _named(settings) if name and parsed(name) is None})
    return list(await asyncio.gather(*(_resolved(name) for name in names)))


def _named(settings: Settings) -> Iterator[str]:
    yield from (settings.mqtt.host, settings.switch.host, settings.web.host)
    yield settings.storage.address().host or ""
    for peer in (settings.ami, settings.mail, settings.sms):
        if peer is not None:
            yield peer.host
    for address in (settings.identity.oidc.issuer, settings.switch.sip_ws_url, settings.mqtt.ws_url):
        yield urlsplit(address).hostname or ""
    for trunk in settings.asterisk.trunks if settings.asterisk is not None else ():
        yield (trunk.contact or "").partition("/")[0]


async def _resolved(name: str) -> TriedPeer:
    what = f"host {name}"
    try:
        async with asyncio.timeout(LIMIT_S):
            found = await asyncio.get_running_loop().getaddrinfo(name, None)
    except TimeoutError:
        return TriedPeer(what, "unknown", "DNS did not answer in time", "look at the machine's DNS")
    except OSError as error:
        return TriedPeer(what, "failed", error.strerror or str(error), "correct the name, or DNS")
    return TriedPeer(what, "good", str(found[0][4][0]))


async def _database(settings: Settings) -> list[TriedPeer]:
    from core.storage import Storage, create_engine  # noqa: PLC0415  # no other part needs the database
    from gateway import database  # noqa: PLC0415
    from gateway.commands.failures import explained  # noqa: PLC0415

    what = "database"
    file = settings.storage.file()
    if file is not None and not file.exists():
        return [TriedPeer(what, "failed", f"there is no file {file} yet", "songhua db upgrade makes it")]
    storage = Storage(create_engine(settings.storage), origin="check")
    try:
        async with asyncio.timeout(LIMIT_S):
            found = await database.current(storage)
    except TimeoutError:
        return [TriedPeer(what, "unknown", "it did not answer in time", "look at storage.url and its log")]
    except Exception as error:
        known = explained(error)
        if known is None:
            raise
        return [TriedPeer(what, "failed", known.cause, known.remedy)]
    finally:
        await storage.close()
    wrong = database.mismatch(found)
    if wrong is not None:
        return [TriedPeer(what, "failed", f"{wrong.title}: {wrong.detail}", wrong.remedy)]
    return [TriedPeer(what, "good", f"it answers, at schema {found}")]


async def _manager(settings: Settings) -> list[TriedPeer]:
    from core.errors import SonghuaError  # noqa: PLC0415
    from gateway.ami.client import AmiClient  # noqa: PLC0415  # no other part needs the switch

    what = "manager interface"
    if settings.ami is None:
        return [
            TriedPeer(what, "unknown", "the section [ami] is missing", "songhua config example --asterisk")
        ]
    where = f"{settings.ami.host}:{settings.ami.port}"
    client = AmiClient(settings.ami.model_copy(update={"heartbeat": False}))
    running = asyncio.create_task(client.run())
    try:
        async with asyncio.timeout(LIMIT_S):
            await client.ready()
    except TimeoutError:
        return [
            TriedPeer(what, "failed", f"no sign-in at {where}", "start Asterisk; songhua asterisk doctor")
        ]
    except SonghuaError as error:
        remedy = error.remedy or "make ami and asterisk.ami the same, and render again"
        return [TriedPeer(what, "failed", f"{where}: {error.detail or error.title}", remedy)]
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return [TriedPeer(what, "good", f"signed in at {where}")]


async def _broker(settings: Settings) -> list[TriedPeer]:
    roles = [role for role in ROLES if role in settings.mqtt.accounts]
    if not roles:
        remedy = "songhua broker render makes accounts for [mqtt.accounts]"
        return [TriedPeer("broker", "unknown", "there is no account", remedy)]
    return list(await asyncio.gather(*(_account(settings, role) for role in roles)))


async def _account(settings: Settings, role: RoleName) -> TriedPeer:
    from core.errors import SonghuaError  # noqa: PLC0415
    from gateway.mqtt.connection import MqttConnection  # noqa: PLC0415  # no other part needs the broker

    what = f"broker as {role}"
    where = f"{settings.mqtt.host}:{settings.mqtt.port}"
    connection = MqttConnection(
        settings.broker(role),
        # Never that of a role: the broker would end the role's session for it.
        client_id=f"songhua-check-{role}-{os.getpid()}",
        will=None,
        on_message=lambda *_: None,
    )
    try:
        async with asyncio.timeout(LIMIT_S):
            await connection.open()
    except TimeoutError:
        return TriedPeer(what, "unknown", f"{where} did not answer in time", "see that the broker runs")
    except SonghuaError as error:
        return TriedPeer(what, "failed", f"{where}: {error.detail or error.title}", error.remedy)
    except OSError as error:
        return TriedPeer(
            what, "failed", f"{where}: {error.strerror or error}", "start the broker, or correct [mqtt]"
        )
    finally:
        with suppress(SonghuaError, OSError):
            await connection.close()
    return TriedPeer(what, "good", f"signed in at {where}")


def _disks(settings: Settings) -> Iterator[TriedPeer]:
    folders = [settings.field.photos, settings.ivr.uploads, settings.speech.spool, settings.cdr.heads_file]
    if settings.asterisk is not None:
        folders.append(settings.asterisk.directories.recordings)
    if (file := settings.storage.file()) is not None:
        folders.append(file)
    seen: set[int] = set()
    for folder in folders:
        there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
        disk = there.stat().st_dev
        if disk in seen:
            continue
        seen.add(disk)
        free = shutil.disk_usage(there).free // 1_000_000
        least = settings.cdr.disk_warn_mb
        if free < least:
            yield TriedPeer(
                f"disk of {there}", "failed", f"{free} MB free, less than {least}", "make room: df -h"
            )
        else:
            yield TriedPeer(f"disk of {there}", "good", f"{free} MB free")


def _clock(settings: Settings) -> Iterator[TriedPeer]:
    now = datetime.now(UTC)
    if now.year < _EARLIEST:
        yield TriedPeer("clock", "failed", f"it says {now:%Y-%m-%d}", "set it: timedatectl set-ntp true")
    elif _SYNCHRONISED.exists():
        yield TriedPeer("clock", "good", f"synchronised, {now:%Y-%m-%d %H:%M:%S} UTC")
    else:
        remedy = "timedatectl, or chronyc tracking, says whether it is"
        yield TriedPeer("clock", "unknown", "nothing here says that it is synchronised", remedy)
    here = -time.timezone / 3600
    offset = now.astimezone(ZoneInfo(settings.cdr.time_zone)).utcoffset()
    there = offset.total_seconds() / 3600 if offset is not None else 0.0
    if here == there or time.daylight:
        yield TriedPeer("time zone", "good", f"{settings.cdr.time_zone}")
    else:
        said = f"the machine is {here:g} hours ahead of UTC, {settings.cdr.time_zone} {there:g}"
        yield TriedPeer("time zone", "unknown", said, f"timedatectl set-timezone {settings.cdr.time_zone}")
