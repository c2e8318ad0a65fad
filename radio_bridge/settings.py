"""Settings of the room of field units."""

from __future__ import annotations

from pydantic import BaseModel, Field


class RadioSettings(BaseModel):
    tenant: str = Field(
        default="harbin", pattern=r"^[a-z0-9][a-z0-9-]{0,31}$", description="as for the broker"
    )
    retry_s: float = Field(
        default=30.0, gt=0, description="when a job is offered again to a unit that is away"
    )
    receipt_expiry_s: float = Field(default=3600.0, gt=0, description="how long a receipt waits for a unit")
    texts_kept_days: float = Field(
        default=180.0, gt=0, le=3_660, description="texts between centre and units are deleted afterwards"
    )
