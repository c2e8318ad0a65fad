"""How long what was listed is remembered; part of the one settings file, section `hotline.nuisance`."""

from __future__ import annotations

from pydantic import Field

from core.models import Strict


class NuisanceSettings(Strict):
    kept_days: int = Field(
        default=365,
        ge=1,
        description="a listing that has ended keeps its number for so long, then without it",
    )
    look_up_s: float = Field(
        default=0.5, gt=0, le=1.4, description="longest look into the database as a caller arrives"
    )
