"""Who listens to which talkgroup from a desk's page, for as long as the page repeats it.

Pure; moments are monotonic seconds.
"""

from __future__ import annotations

from typing import Final

LASTS_S: Final = 60.0
"""A page that is silent for so long listens no more."""
MOST: Final = 5000


class ListeningLeases:
    """In memory: after a restart every leg is kept until its page has had time to repeat it."""

    def __init__(self, began: float) -> None:
        self._kept_until = began + LASTS_S
        self._until: dict[tuple[str, str], float] = {}

    def __len__(self) -> int:
        return len(self._until)

    def extend(self, user_id: str, group: str, at: float) -> None:
        """The person was allowed to listen at this moment."""
        self._make_room(at)
        if len(self._until) < MOST:
            self._until[user_id, group] = at + LASTS_S

    def end(self, user_id: str, group: str, at: float) -> None:
        """The person may not listen any more, or does not want to."""
        self._until.pop((user_id, group), None)
        if at < self._kept_until:
            self._make_room(at)
            if at < self._kept_until:
                self._until[user_id, group] = 0.0

    def holds(self, user_id: str, group: str, at: float) -> bool:
        until = self._until.get((user_id, group))
        return at < self._kept_until if until is None else at < until

    def _make_room(self, at: float) -> None:
        """What has ended is forgotten when there is too much. Then legs from before the start are kept no
        longer: nobody would know which of them had ended.
        """
        if len(self._until) >= MOST:
            self._kept_until = at
            self._until = {key: until for key, until in self._until.items() if until > at}
