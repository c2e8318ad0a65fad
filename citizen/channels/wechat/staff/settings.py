"""Settings of WeChat for staff."""

from __future__ import annotations

from pydantic import Field

from core.models import StrictSettings


class WeChatStaffSettings(StrictSettings):
    enabled: bool = Field(default=False, description="members of staff may be bound and work by the account")
    code_min: float = Field(default=10.0, ge=1, le=120, description="minutes that a code for binding works")
    codes_per_person_hour: int = Field(default=30, ge=1, le=1000, description="codes that one person makes")
    most_of_unit: int = Field(default=8, ge=1, le=50, description="people bound to one unit")
    pictures: int = Field(default=5, ge=1, le=9, description="photos of one reply")
