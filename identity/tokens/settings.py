"""Settings of API tokens."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class TokenSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    own: bool = Field(
        default=False, description="people make tokens for themselves; otherwise administrators alone do"
    )
    longest_days: int = Field(default=365, ge=1, le=365, description="no token is valid for longer")
    most: int = Field(default=20, ge=1, le=200, description="valid tokens of one person at once")
