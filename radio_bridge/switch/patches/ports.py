"""Ports of patches."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

from fastapi import Request

from core.actor import Actor
from core.audit import Audit
from core.bus import Bus
from core.storage import Storage
from field.contract.talkgroup import Talkgroup
from radio_bridge.centre.floor.desk import DeskFloor
from radio_bridge.switch.conference.service import ConferenceService
from radio_bridge.switch.patches.key import Tone
from radio_bridge.switch.patches.notices import PatchNotices

Outcome = Literal["done", "uncertain"]


class PatchedCalls(Protocol):
    """Telephone calls, as they are put through to a conference and taken back."""

    async def put_through(self, actor: Actor, call_id: UUID, conference: str, op_id: UUID) -> Outcome:
        """Agent and citizen come into the conference. The same `op_id` again moves nobody twice.

        Raises what call control refuses (`Conflict`, `NotFound`, `Forbidden`), `core.errors.Unavailable`.
        """
        ...

    async def take_back(self, actor: Actor, call_id: UUID, op_id: UUID) -> Outcome:
        """Agent and citizen speak with each other again, as before. Raises as `put_through`."""
        ...

    def call_of(self, leg: str) -> UUID | None:
        """The call of the leg with this uniqueid."""
        ...

    def agents_on(self, call_id: UUID) -> tuple[str, ...]:
        """Who is on this call now."""
        ...


class Found(Protocol):
    @property
    def group(self) -> Talkgroup:
        """The talkgroup as the register has it."""
        ...


class PatchedTalkgroups(Protocol):
    """The register of talkgroups."""

    async def find(self, tg_id: str) -> Found:
        """Raises `core.errors.NotFound`."""
        ...


class Tones(Protocol):
    async def sound(self, channel: str, tone: Tone) -> None:
        """Only this leg hears it. Raises `core.errors.Unavailable`, `core.errors.Conflict`."""
        ...


@dataclass(frozen=True, slots=True)
class PatchPorts:
    """For the role `centre`."""

    calls: PatchedCalls
    tones: Tones
    conferences: ConferenceService
    floor: DeskFloor
    talkgroups: PatchedTalkgroups
    audit: Audit
    bus: Bus
    storage: Storage
    current_user: Callable[[Request], Awaitable[Actor]]
    notices: PatchNotices
    voice_hang_s: float = 0.6
    """How long a telephone that talks by voice may be silent before its key is let go."""
