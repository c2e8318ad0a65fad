"""What is seen of each role from outside: who has its lease, and what it says of itself."""

from __future__ import annotations

import asyncio
import json
import socket
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any, Final

from gateway.file_checks import address_of_role, tls_of_role
from gateway.leases.model import LeaseUnknown, RoleHolder
from gateway.leases.roles import lease_of
from gateway.settings import ROLES, RoleName, Settings
from gateway.tls.client import for_own

ASKS_S: Final = 3.0
LARGEST: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RoleSight:
    """`told` is what `/api/health` says, None where nobody answers; `unseen` why the lease was not seen."""

    name: RoleName
    holder: RoleHolder | None
    unseen: str
    address: str
    told: Mapping[str, Any] | None
    ready: Mapping[str, Any] | None
    figures: Mapping[str, float] = field(default_factory=dict)
    """Of `/metrics`: each sample by its name with labels, as it is written there."""

    @property
    def elsewhere(self) -> bool:
        """Another machine has it."""
        return self.told is None and self.holder is not None and self.holder.host != socket.gethostname()

    @property
    def up(self) -> bool:
        """Somebody answers, or has its lease."""
        return self.told is not None or self.holder is not None


async def roles_of(settings: Settings) -> list[RoleSight]:
    """All of them, asked at once."""
    return list(await asyncio.gather(*(_sight(settings, role) for role in ROLES)))


async def _sight(settings: Settings, role: RoleName) -> RoleSight:
    holder, unseen = None, ""
    lease = lease_of(settings, role)
    if lease is None:
        unseen = "its database is in memory: nobody else can see it"
    else:
        try:
            holder = await lease.holder()
        except LeaseUnknown as unknown:
            unseen = unknown.detail
        finally:
            await lease.release()
    address = address_of_role(settings, role)
    if address is None:
        return RoleSight(role, holder, unseen, "", None, None)
    told, ready, figures = await asyncio.gather(
        *(
            asyncio.to_thread(_fetch, settings, role, address + path)
            for path in ("/api/health", "/readyz", "/metrics")
        )
    )
    return RoleSight(role, holder, unseen, address, _mapping(told), _mapping(ready), samples(figures))


def samples(text: bytes) -> dict[str, float]:
    """The figures of Prometheus's text format."""
    found: dict[str, float] = {}
    for line in text.decode(errors="replace").splitlines():
        name, _, value = line.rpartition(" ")
        if name and not line.startswith("#"):
            try:
                found[name] = float(value)
            except ValueError:
                continue
    return found


def _fetch(settings: Settings, role: RoleName, address: str) -> bytes:
    """What is answered, also with a 503; empty where nobody answers."""
    token = settings.metrics.token
    headers = {} if token is None else {"Authorization": f"Bearer {token.get_secret_value()}"}
    request = urllib.request.Request(address, headers=headers)  # noqa: S310  # http, by our settings
    tls = tls_of_role(settings, role)
    try:
        trust = None if tls is None else for_own(tls)
        with urllib.request.urlopen(request, timeout=ASKS_S, context=trust) as answer:  # noqa: S310  # the same
            return bytes(answer.read(LARGEST))
    except urllib.error.HTTPError as refused:
        return refused.read(LARGEST) if refused.code == 503 else b""
    except (OSError, HTTPException):
        return b""


def _mapping(answer: bytes) -> Mapping[str, Any] | None:
    try:
        told = json.loads(answer)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
