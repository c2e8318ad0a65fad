"""When the next bearer is tried, the dispatcher told, the next unit offered: section `field.escalation`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from core.models import Strict
from field.delivery.bearer import Bearer

if TYPE_CHECKING:
    from field.delivery.model import DeliveryLimits, EscalationRules


class LimitSettings(Strict):
    """Seconds; none is 0, as no network is so quick."""

    delivered_s: float = Field(ge=5, le=86_400, description="the unit's device has it; else the next bearer")
    displayed_s: float = Field(ge=5, le=86_400, description="it was on the screen; else the next bearer")
    answered_s: float = Field(ge=10, le=86_400, description="accepted or declined; else the next bearer")
    next_unit_s: float = Field(
        ge=0, le=86_400, description="after the dispatcher was told: the next unit is offered"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.delivered_s <= self.displayed_s <= self.answered_s:
            raise ValueError("delivered_s, displayed_s and answered_s must rise in this order")
        return self

    def limits(self) -> DeliveryLimits:
        """The same as the model takes it; seconds."""
        from field.delivery.model import DeliveryLimits  # noqa: PLC0415  # settings are read by every command

        return DeliveryLimits(self.delivered_s, self.displayed_s, self.answered_s, self.next_unit_s)


class EscalationSettings(Strict):
    bearers: tuple[Bearer, ...] = Field(
        default=("terminal", "text", "call"),
        min_length=1,
        description="in which order a unit is tried; what is left out is never used",
    )
    normal: LimitSettings = LimitSettings(delivered_s=60, displayed_s=180, answered_s=300, next_unit_s=120)
    urgent: LimitSettings = LimitSettings(delivered_s=15, displayed_s=30, answered_s=60, next_unit_s=30)
    calls: int = Field(default=1, ge=1, le=3, description="calls to a crew's phone for one job, each once")
    call_s: float = Field(
        default=180.0,
        ge=30,
        le=600,
        description="a call to a crew that brought no answer by then did not help",
    )
    kept_days: float = Field(
        default=365.0, gt=0, le=3_660, description="what was told over which bearer is kept so long"
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if len(set(self.bearers)) != len(self.bearers):
            raise ValueError("bearers: each at most once")
        later = [
            name
            for name in ("delivered_s", "displayed_s", "answered_s", "next_unit_s")
            if getattr(self.urgent, name) > getattr(self.normal, name)
        ]
        if later:
            raise ValueError(f"urgent: longer than normal: {', '.join(later)}")
        return self

    def rules(self) -> EscalationRules:
        """The same as the model takes it."""
        from field.delivery.model import EscalationRules  # noqa: PLC0415  # as above

        return EscalationRules(
            self.bearers, self.calls, self.call_s, self.normal.limits(), self.urgent.limits()
        )
