"""What a printed evaluation says, before it is drawn; and its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from cases.evaluation.figures import FIGURES
from cases.evaluation.hotspots import Hotspot
from cases.evaluation.service import EvaluationResult, EvaluationRow, PlaceName

PrintLanguage = Literal["zh", "en"]
_TABLE: Final = Path(__file__).with_name("words.yaml")
COLUMNS: Final = (
    "timely_dispatch_rate", "handling_rate", "timely_handling_rate", "closing_rate", "timely_closing_rate",
    "rework_rate", "return_rate", "check_pass_rate",
)  # fmt: skip
COUNTED: Final = ("filed", "overdue")
MOST_ROWS: Final = 60
MOST_BARS: Final = 15
MOST_HOTSPOTS: Final = 15


class EvaluationWords:
    """Words in one language. Raises `KeyError` for a key that the table lacks."""

    def __init__(self, language: PrintLanguage) -> None:
        self.language = language
        self._place = ("zh", "en").index(language)

    def __call__(self, key: str, **values: object) -> str:
        return str(_table()[key][self._place]).format(**values)

    def of(self, group: str, key: str) -> str:
        return str(_table()[group][key][self._place])

    def named(self, row: EvaluationRow | PlaceName) -> str:
        zh, en = (row.zh, row.en) if isinstance(row, PlaceName) else (row.name_zh, row.name_en)
        return (zh if self.language == "zh" else en) or self("unnamed")

    def value(self, figure: str, value: float | None) -> str:
        """A figure as it is read: a share in percent, cut and not rounded; a mean in hours."""
        if value is None:
            return "–"
        if FIGURES[figure].unit == "seconds":
            return self("hours", n=f"{value / 3600:.1f}")
        return f"{int(value * 1000) / 10:.1f} %"


@cache
def _table() -> Mapping[str, Any]:
    with _TABLE.open(encoding="utf-8") as stream:
        return dict(yaml.safe_load(stream))


@dataclass(frozen=True, slots=True)
class PrintedEvaluation:
    """`days`: the same time by day. `made_at` is the city's time."""

    found: EvaluationResult
    days: EvaluationResult
    hotspots: Sequence[tuple[Hotspot, PlaceName]]
    language: PrintLanguage
    made_by: str
    made_at: datetime

    @property
    def title(self) -> str:
        words = EvaluationWords(self.language)
        return f"{words('title')} {self.found.since} – {self.found.until}"
