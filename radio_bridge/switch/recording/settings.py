"""Which talkgroups are recorded."""

from __future__ import annotations

from pydantic import Field

from core.models import Strict
from field.contract.talkgroup import TgClass


class RecordingSettings(Strict):
    """A talkgroup of a network with voice is recorded all the time, any other while somebody is in its
    conference.
    """

    enabled: bool = True
    classes: tuple[TgClass, ...] | None = Field(
        default=None, description="only talkgroups of these classes; without it those of every class"
    )
    not_these: tuple[str, ...] = Field(
        default=(), max_length=1000, description="talkgroups that are not recorded: app:daoli"
    )
    piece_s: float = Field(
        default=600.0, ge=10, le=3_600, description="about so long is one file; the next overlaps it"
    )
    hold_s: float = Field(
        default=30.0,
        ge=0,
        le=3_600,
        description="a recorder that is alone in a conference leaves after so long",
    )
    most: int = Field(default=64, ge=1, le=1000, description="talkgroups that are recorded at once")
