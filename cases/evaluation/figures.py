"""The rates of GB/T 30428.4, by what is counted. It imports nothing: the settings name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class RateFormula:
    """`unit`: share, or seconds for a mean."""

    numerator: str
    denominator: str
    unit: str = "share"
    less_is_better: bool = False


FIGURES: Final[Mapping[str, RateFormula]] = {
    "registration_rate": RateFormula("filed", "received"),
    "timely_dispatch_rate": RateFormula("dispatched_in_time", "standing"),
    "handling_rate": RateFormula("handled", "due"),
    "timely_handling_rate": RateFormula("handled_in_time", "due"),
    "closing_rate": RateFormula("closed", "due"),
    "timely_closing_rate": RateFormula("closed_in_time", "due"),
    "rework_rate": RateFormula("reworked", "ever_done", less_is_better=True),
    "return_rate": RateFormula("returned", "dispatched", less_is_better=True),
    "repeat_rate": RateFormula("repeated", "filed", less_is_better=True),
    "check_pass_rate": RateFormula("passed", "checked"),
    "average_handling": RateFormula("handling_s", "handled", unit="seconds", less_is_better=True),
}
