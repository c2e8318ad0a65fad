"""Limits of wrong passwords and codes."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class GuessingSettings(BaseModel):
    """Wrong answers within the window. Those of a known device count for that device alone."""

    model_config = ConfigDict(extra="forbid")

    window_s: float = Field(default=300, gt=0)
    of_one: int = Field(
        default=8, ge=1, description="wrong passwords of one name from one address, or from one known device"
    )
    of_name: int = Field(default=24, ge=1, description="of one name from all addresses together")
    of_address: int = Field(default=30, ge=1, description="from one address for all names together")
    of_all: int = Field(default=300, ge=1, description="of all names from all addresses together")
    codes_window_s: float = Field(default=900, gt=0)
    codes: int = Field(
        default=5, ge=1, description="wrong codes of a second factor, as of_one; twice as many of one name"
    )
    attack: int = Field(
        default=20, ge=1, description="so many wrong or refused sign-ins within the window raise the alarm"
    )
    device_days: int = Field(default=180, ge=1, description="a device is known for so long after a sign-in")
