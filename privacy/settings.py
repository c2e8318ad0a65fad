"""Settings of this room."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class PrivacySettings(BaseModel):
    """How long personal data is kept that no other section speaks of, and how erasures go on."""

    model_config = ConfigDict(extra="forbid")

    operations_days: float = Field(
        default=30.0, ge=1, le=3_660, description="that an act on a call was done is known for so long"
    )
    resume_s: float = Field(
        default=5.0,
        gt=0,
        le=3_600,
        description="how often an erasure that is not done is gone on with; up to 5 minutes while nothing "
        "changes",
    )
    late_s: float = Field(
        default=3_600.0, gt=0, description="an erasure that is not done after so long degrades health"
    )
