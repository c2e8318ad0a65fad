"""Settings of verification tasks: the section `[cases.verification]`."""

from __future__ import annotations

from pydantic import Field

from core.models import Strict


class VerificationSettings(Strict):
    due_min: float = Field(
        default=30.0, gt=0, le=1_440, description="minutes that an inspector has for an answer"
    )
