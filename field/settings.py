"""Settings of field units: the section `[field]`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

from field.delivery.settings import EscalationSettings
from field.emergency.limits import ANSWER_WITHIN


class PlacesSettings(BaseModel):
    """How much of where units were is kept; where they are now always is."""

    track_hours: float = Field(default=168.0, gt=0, le=8_784, description="what is older is erased")
    track_most: int = Field(
        default=20_000, ge=1, le=1_000_000, description="positions kept of one unit; the oldest go first"
    )
    track_every_s: float = Field(default=60.0, ge=0, description="kept when so much later than the last kept")
    track_every_m: float = Field(default=15.0, ge=0, description="or so far from it")


class FieldSettings(BaseModel):
    tenant: str = Field(
        default="harbin", pattern=r"^[a-z0-9][a-z0-9-]{0,31}$", description="as for the broker"
    )
    retry_s: float = Field(
        default=30.0, gt=0, description="when a job is offered again to a unit that is away"
    )
    photos: Path = Field(default=Path(".songhua/photos"), description="the folder of crews' photos")
    maps: Path = Field(default=Path(".songhua/maps"), description="the folder of tiles and outlines")
    photos_spare_mb: int = Field(
        default=500, ge=0, description="so much of that disk stays free of photos that are coming"
    )
    photos_coming_days: float = Field(
        default=7.0, gt=0, le=366, description="an announced photo that did not come is given up"
    )
    photos_loose_days: float = Field(
        default=30.0, gt=0, le=3_660, description="a photo of no case is erased; others go with their case"
    )
    photos_per_hour: int = Field(default=120, ge=1, description="of one unit; further ones wait there")
    photos_mb_per_day: int = Field(default=2000, ge=16, description="of one unit, likewise")
    emergency_answer_s: float = Field(
        default=ANSWER_WITHIN.total_seconds(),
        ge=1,
        le=300,
        description="whoever has not acknowledged an emergency for so long is followed by the next one",
    )
    enrolment_minutes: float = Field(
        default=60.0, gt=0, le=10_080, description="how long a code enrols a unit's terminal"
    )
    texts_kept_days: float = Field(
        default=180.0, gt=0, le=3_660, description="texts between centre and units are deleted afterwards"
    )
    receipt_expiry_s: float = Field(default=3600.0, gt=0, description="how long a receipt waits for a unit")
    escalation: EscalationSettings = EscalationSettings()
    texts_language: Literal["zh", "en"] = Field(
        default="zh", description="in which crews read jobs on their radios"
    )
    skills: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description='which skills a category asks for, by the beginning of its code: {"E05" = ["sewage"]}',
    )
    places: PlacesSettings = PlacesSettings()
    timezone_h: float = Field(
        default=8.0, ge=-12, le=14, description="hours ahead of UTC: by this clock inspectors have shifts"
    )
