"""What a drain needs of the switch."""

from __future__ import annotations

from typing import Protocol


class DrainSwitch(Protocol):
    """It keeps callers who come to a queue after `since` out of it until `until` (epoch seconds), also while
    nobody is linked to it.
    """

    @property
    def epoch(self) -> int:
        """Counts its connections; 0 while there is none."""
        ...

    async def keep_away(self, since: int, until: int) -> None:
        """0 and 0: nobody is kept away. Raises `SonghuaError` where it was not told."""
        ...
