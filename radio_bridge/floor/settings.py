"""Settings of floor control."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from radio_bridge.floor.model import FloorRules


class FloorSettings(BaseModel):
    """Seconds unless the name says otherwise."""

    model_config = ConfigDict(extra="forbid")

    limit_s: float = Field(default=60.0, ge=1, le=600, description="longest talk of one grant")
    dead_key_s: float = Field(
        default=2.0, ge=0.2, le=30, description="a talker of whom nothing is heard for so long is taken off"
    )
    hang_s: float = Field(default=3.0, ge=0, le=60, description="how long a talk counts as open after it")
    wait_s: float = Field(default=30.0, ge=1, le=600, description="longest time in the queue")
    answer_s: float = Field(default=2.0, ge=0.1, le=30, description="how long a network may take to answer")
    queue_most: int = Field(default=16, ge=1, le=100, description="requests that wait in one talkgroup")
    late_s: float = Field(default=2.0, ge=0.1, le=60, description="an older press of the button is dropped")

    def rules(self) -> FloorRules:
        """The same as the model takes it; seconds."""
        return FloorRules(
            limit_s=self.limit_s,
            dead_key_s=self.dead_key_s,
            hang_s=self.hang_s,
            wait_s=self.wait_s,
            answer_s=self.answer_s,
            queue_most=self.queue_most,
        )
