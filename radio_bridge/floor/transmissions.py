"""What floor control tells whoever keeps the talks, in floor control's words."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from radio_bridge.floor.messages import TalkerBody
from radio_bridge.floor.model import Cause


class TransmissionLog(Protocol):
    """Told of each talk as everybody is told of it. None of these waits."""

    def began(self, group: str, talker: TalkerBody) -> None:
        """A transmission begins."""
        ...

    def ended(self, group: str, talker: TalkerBody, cause: Cause) -> None:
        """It has ended, for this cause."""
        ...

    def left_over(self, group: str, talker: TalkerBody, said_at: datetime) -> None:
        """A state of a former run has a talker; `said_at` is when it was said."""
        ...
