"""Settings of this room."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class CasesSettings(BaseModel):
    """`timezone_h` decides which day a case number belongs to; China has one zone and no summer time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    own_gazetteer: Path | None = Field(
        default=None, description="the table that `songhua gazetteer import` writes the operator's places to"
    )
    own_departments: Path | None = Field(
        default=None, description="the city's own departments by class, in the form of departments.yaml"
    )
    city_code: str = Field(
        default="230100", pattern=r"^\d{6}$", description="district code for a case without a district"
    )
    timezone_h: float = Field(default=8.0, ge=-12, le=14, description="hours ahead of UTC")
    max_live_drafts: int = Field(default=500, ge=10, le=10_000, description="drafts kept in memory")
    duplicate_within_m: float = Field(default=50.0, gt=0, description="how near a likely duplicate is")
    duplicate_within_h: float = Field(default=24.0, gt=0, description="how recent a likely duplicate is")
