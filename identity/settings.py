"""Settings of sign-in and sessions."""

from __future__ import annotations

from pydantic import BaseModel, Field


class IdentitySettings(BaseModel):
    session_idle_s: float = Field(default=12 * 3600, gt=0, description="a session unused for so long ends")
    session_longest_s: float = Field(default=24 * 3600, gt=0, description="no session lives longer")
    failures_allowed: int = Field(
        default=8, ge=1, description="failed sign-ins of one name within the window"
    )
    failure_window_s: float = Field(default=300, gt=0)
    secure_cookie: bool = Field(
        default=False, description="true behind https: the cookie is sent over https only"
    )
