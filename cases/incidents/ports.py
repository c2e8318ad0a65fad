"""What incidents need of the telephone. `gateway/wiring/incidents.py` fills it."""

from __future__ import annotations

from typing import Protocol


class CallerAnnouncer(Protocol):
    """Plays one announcement at a time: to who waits for an agent, and once to who comes to wait later."""

    def check(self, prompt: str) -> None:
        """Raises `core.errors.NotFound` where there is no such prompt in any language of callers."""
        ...

    async def announce(self, name: str, prompt: str) -> int:
        """Play it now; how many callers are played it at this moment. `name` tells announcements apart: who
        has heard one does not hear it again. Raises `SonghuaError` when the switch is away: it is played
        once the switch is back.
        """
        ...

    async def keep(self, name: str, prompt: str) -> None:
        """Who comes to wait hears it, and who waits already within a round, unless he has heard it: after a
        restart. An empty name: no announcement. Raises as `announce`.
        """
        ...


class NoAnnouncer:
    """Where no telephone is: an incident is a parent case alone."""

    def check(self, prompt: str) -> None:
        del prompt

    async def announce(self, name: str, prompt: str) -> int:
        del name, prompt
        return 0

    async def keep(self, name: str, prompt: str) -> None:
        del name, prompt
