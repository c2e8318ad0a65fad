"""How long the sealed account may be used."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class BreakGlassSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    session_h: float = Field(
        default=8, gt=0, le=24, description="the one session of the sealed account ends after it"
    )
