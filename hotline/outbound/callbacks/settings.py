"""How callbacks behave; part of the section `hotline` of the settings."""

from __future__ import annotations

from datetime import time
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from core.models import Strict

Pause = Annotated[float, Field(ge=1, le=7 * 86_400)]


class CallbackSettings(Strict):
    enabled: bool = Field(default=True, description="missed and abandoned calls become callbacks")
    short_s: float = Field(
        default=5.0, ge=0, description="who leaves the queue sooner than this has misdialled: no callback"
    )
    offer_s: float = Field(default=20.0, ge=1, le=300, description="how long an offer stands on a desk")
    again_s: float = Field(
        default=30.0, ge=1, description="pause when every ready agent has let an offer go by"
    )
    rest_s: float = Field(
        default=60.0, ge=0, description="an agent who let an offer run out gets no other one for so long"
    )
    ring_s: float = Field(default=20.0, ge=5, le=120, description="how long the agent's own phone rings")
    pauses_s: tuple[Pause, ...] = Field(
        default=(300.0, 900.0, 3_600.0), description="pauses after the 1st, 2nd … attempt without success"
    )
    doubt_s: float = Field(
        default=60.0, ge=5, description="an attempt of which nothing is known counts as made after so long"
    )
    expires_s: float = Field(
        default=48 * 3_600.0, ge=60, description="a callback older than this is given up"
    )
    unseen_every_s: float = Field(
        default=30.0, ge=1, description="how often the ledger is asked for calls that nobody watched"
    )
    kept_s: float = Field(
        default=30 * 86_400.0, ge=86_400, description="closed callbacks are forgotten here after so long"
    )
    from_hour: time = Field(default=time(8), description="nobody is called back earlier in the day")
    to_hour: time = Field(default=time(21), description="… or later; the same as from_hour: all day")
    time_zone: str = Field(default="Asia/Shanghai", description="of these hours and of the figures' today")
    area_code: str = Field(
        default="0451", pattern=r"^(0[0-9]{2,3})?$", description="the city's, for numbers sent without one"
    )
    international: bool = Field(
        default=False, description="call numbers abroad back: an invitation to one-ring fraud"
    )
    most: int = Field(default=10_000, ge=10, description="open callbacks; beyond that new ones are refused")

    @property
    def attempts(self) -> int:
        """As many as there are pauses, and the last one."""
        return len(self.pauses_s) + 1

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the hours in which citizens are called."""
        return ZoneInfo(self.time_zone)

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"there is no time zone {name!r}") from error
        return name
