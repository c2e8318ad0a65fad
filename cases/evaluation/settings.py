"""Settings of the evaluation."""

from __future__ import annotations

from pydantic import Field, field_validator

from cases.evaluation.figures import FIGURES
from core.models import Strict


class EvaluationSettings(Strict):
    """The limits and weights that a city sets for its evaluation."""

    dispatch_within_min: float = Field(
        default=15.0, gt=0, description="minutes after filing in which a case is dispatched in time"
    )
    repeat_within_days: float = Field(
        default=30.0, gt=0, le=366, description="how far back a complaint is repeated by another one"
    )
    weights: dict[str, float] = Field(
        default={
            "timely_dispatch_rate": 1.0, "timely_handling_rate": 3.0, "timely_closing_rate": 3.0,
            "check_pass_rate": 2.0, "rework_rate": 1.0,
        },
        description="the share of each rate in the score; a rate without a weight is not in it",
    )  # fmt: skip
    poll_s: float = Field(default=2.0, gt=0, description="how often the log of cases is followed")

    @field_validator("weights")
    @classmethod
    def _known(cls, given: dict[str, float]) -> dict[str, float]:
        known = [name for name, one in FIGURES.items() if one.unit == "share"]
        for name, weight in given.items():
            if name not in known:
                raise ValueError(f"there is no rate {name}; there are: {', '.join(known)}")
            if weight < 0:
                raise ValueError(f"the weight of {name} is below 0")
        return given
