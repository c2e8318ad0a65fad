"""How crews are called; part of the one settings file, section `hotline.crews`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class CrewCallSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = Field(
        default=True, description="a job that nothing else brought rings the crew's telephone"
    )
    ring_s: float = Field(default=25.0, ge=5, le=60, description="how long one telephone rings")
    doubt_s: float = Field(
        default=30.0, ge=5, le=300, description="longest search for what became of a call in doubt"
    )
    kept_days: int = Field(default=365, ge=1, description="calls made to crews are kept so long")
