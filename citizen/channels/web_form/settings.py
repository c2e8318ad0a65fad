"""Settings of the web form."""

from __future__ import annotations

from pydantic import Field

from core.models import Strict


class WebFormSettings(Strict):
    enabled: bool = Field(default=False, description="take reports at POST /api/citizen/reports")
    per_address_hour: int = Field(
        default=10, ge=1, le=1000, description="reports of one address within an hour"
    )
    per_hour: int = Field(default=300, ge=1, le=100_000, description="reports of all addresses together")
    looks_per_address_hour: int = Field(
        default=60,
        ge=1,
        le=10_000,
        description="of one address, with a right or wrong code",
    )
    wrong_codes_per_address_hour: int = Field(
        default=10, ge=1, le=1000, description="then this address is not answered for the rest of the hour"
    )
    nearby: bool = Field(
        default=False,
        description="show open reports near a place to everybody: class, street and step, and “me too”",
    )
    hotline: str = Field(default="12319", max_length=20, description="shown on the page of the public")
