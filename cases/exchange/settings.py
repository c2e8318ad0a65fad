"""Settings of the exchange: how often and how long a form is tried."""

from __future__ import annotations

from pydantic import Field

from core.models import Strict


class ExchangeSettings(Strict):
    """A form that was not taken is tried again; the pause doubles up to `longest_retry_s`."""

    first_retry_s: float = Field(default=5.0, gt=0, le=3600, description="pause after the first failure")
    longest_retry_s: float = Field(default=3600.0, gt=0, le=86400, description="longest pause")
    life_h: float = Field(default=72.0, gt=0, le=720, description="then a form is dead: see it on the desk")
    reconcile_hour: int | None = Field(
        default=4,
        ge=0,
        le=23,
        description="hour of the city's day at which the orders of the day before are compared with 12345's, "
        "where the receiver 12345 is set; null: not by itself",
    )
    kept_days: float = Field(
        default=1095.0, ge=30, description="how long it is known which form was sent, and how that ended"
    )
    at_once: int = Field(default=4, ge=1, le=32, description="forms under way at a time")
