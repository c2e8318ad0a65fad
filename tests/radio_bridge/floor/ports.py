"""One small fake for each port of floor control that most tests do not look at."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from radio_bridge.floor.messages import TalkerBody
from radio_bridge.floor.model import Cause


class NoPresses:
    """Nobody follows presses for emergency talk."""

    def pressed(self, group: str, party: str, request_id: UUID) -> None:
        """It is told, and nothing follows."""


class NoTransmissionLog:
    """Nobody writes talks down."""

    def began(self, group: str, talker: TalkerBody) -> None:
        """It is told, and nothing follows."""

    def ended(self, group: str, talker: TalkerBody, cause: Cause) -> None:
        """It is told, and nothing follows."""

    def left_over(self, group: str, talker: TalkerBody, said_at: datetime) -> None:
        """It is told, and nothing follows."""
