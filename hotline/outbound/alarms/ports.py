"""What calls for alarms need of others: the emergencies, the people, and the switch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

from hotline.outbound.alarms.model import AlarmCall, Callee
from hotline.outbound.ports import AutomatedCallSwitch, Placed


@dataclass(frozen=True, slots=True)
class OpenAlarm:
    """An emergency that nobody has acknowledged and that asks for the supervisor."""

    alarm_id: UUID
    unit_id: str


class Emergencies(Protocol):
    async def unanswered(self) -> Sequence[OpenAlarm]:
        """All of them as they stand in the database, the oldest first. Raises `StorageAway`."""
        ...

    async def acknowledge(self, user_id: str, alarm_id: UUID) -> Literal["done", "other"]:
        """By the name of this user; `other`: somebody else was first, or it is not there.

        Raises `StorageAway` (try again) and `Forbidden`.
        """
        ...


@dataclass(frozen=True, slots=True)
class OnCall:
    """`people` in their order; `wrong` says whom the settings name who cannot be called, and why."""

    people: tuple[Callee, ...]
    wrong: tuple[str, ...] = ()


class Duty(Protocol):
    async def on_call(self) -> OnCall:
        """Who may be called now. Raises `StorageAway`."""
        ...


class AlarmSwitch(AutomatedCallSwitch, Protocol):
    async def ring(self, call: AlarmCall, *, ring_s: float) -> Placed:
        """Place the call, once, its leg's Uniqueid being `call.channel_id`."""
        ...


@dataclass(frozen=True, slots=True)
class AlarmPorts:
    emergencies: Emergencies
    duty: Duty
    switch: AlarmSwitch
