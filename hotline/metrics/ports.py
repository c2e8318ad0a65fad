"""What the board needs to know of the city's other switches."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol
from uuid import UUID

from hotline.metrics.events import OtherSwitchView


class OtherSwitches(Protocol):
    def boards(self) -> Sequence[OtherSwitchView]:
        """Each of them as it was last told, in the order of the settings."""
        ...

    async def calls_of(self, calls: Sequence[UUID]) -> Collection[UUID]:
        """Which of these calls another switch carried. Raises `StorageAway`."""
        ...


class NoOtherSwitches:
    """Fills `OtherSwitches` where one switch carries every call."""

    def boards(self) -> Sequence[OtherSwitchView]:
        return ()

    async def calls_of(self, calls: Sequence[UUID]) -> Collection[UUID]:  # noqa: ARG002
        return ()
