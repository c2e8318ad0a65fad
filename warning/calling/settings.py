"""How often a recipient is called, section `[warning.calls]`."""

from __future__ import annotations

from pydantic import Field

from core.models import StrictSettings


class WarningCallRules(StrictSettings):
    attempts: int = Field(default=3, ge=1, le=10, description="calls to one recipient about one warning")
    pause_s: float = Field(default=120.0, ge=10, le=3600, description="between two of them")
