"""One small fake for each port of field units in the role `centre` that most tests do not look at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi import Request

from core.actor import Actor
from core.bus import Bus
from core.storage import Storage
from field.delivery.model import Route
from field.photos.ports import PhotoPorts
from field.ports import BrokerAccounts, CentrePorts
from field.units.model import Unit
from field.units.nearest.service import CasePlace


class AuditTrail:
    """What was written down: who, the action, on what."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, str]] = []

    async def record(
        self, actor: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        self.rows.append((actor.id, action, subject))


class NoOpenCase:
    async def is_open(self, case_id: UUID) -> bool:
        return False


class NoCasePlaces:
    """No case has a place, and nobody is sent to it."""

    async def of_case(self, name: str) -> CasePlace:
        return CasePlace("", None, frozenset())


class NoVault:
    """No key: nothing is kept."""

    def ready(self) -> bool:
        return False

    def seal(self, plain: Path, target: Path, name: str) -> str:
        raise AssertionError(f"there is no key for {name}")

    def open(self, sealed: Path, name: str) -> bytes:
        raise AssertionError(f"there is no key for {name}")


async def no_districts(case_ids: Collection[UUID]) -> Mapping[UUID, str | None]:
    return {}


async def no_case(_dispatch_id: UUID) -> UUID | None:
    return None


def terminal_alone(unit: Unit) -> Sequence[Route]:
    """The unit can be told by its terminal and by nothing else."""
    return (Route("terminal", unit.unit_id),)


def centre_ports(
    storage: Storage,
    bus: Bus,
    accounts: BrokerAccounts,
    current_user: Callable[[Request], Awaitable[Actor]],
    **named: Any,
) -> CentrePorts:
    """With those that a test names instead of the fakes."""
    others: dict[str, Any] = {
        "audit": AuditTrail(),
        "incidents": NoOpenCase(),
        "photos": PhotoPorts(NoVault(), no_case, no_districts),
        "case_places": NoCasePlaces(),
    }
    return CentrePorts(storage, bus, accounts, current_user, **others | named)
