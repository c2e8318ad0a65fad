"""How long what stands beside a case is kept: the section `[cases.pruning]`."""

from __future__ import annotations

from pydantic import Field

from core.models import Strict


class CasePruningSettings(Strict):
    """Days after the case is over. What belongs to an open case always stays."""

    verifications_days: float = Field(
        default=1095.0, ge=30, description="verification tasks; those with photos as long as the photos"
    )
    orders_days: float = Field(default=1095.0, ge=30, description="work orders of 12345")
    reconciliations_days: float = Field(default=1095.0, ge=30, description="daily comparisons of work orders")
