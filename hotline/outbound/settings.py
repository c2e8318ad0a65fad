"""What the section of each purpose of automated calls has."""

from __future__ import annotations

from pydantic import Field

from core.models import Strict


class AutomatedCallSettings(Strict):
    enabled: bool = Field(default=True, description="whether these telephones ring at all")
    ring_s: float = Field(default=25.0, ge=5, le=120, description="how long one telephone rings")
    doubt_s: float = Field(
        default=30.0, ge=5, le=300, description="longest search for what became of a call in doubt"
    )
    kept_days: int = Field(default=365, ge=1, description="these calls are kept so long")
