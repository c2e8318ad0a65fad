"""When it happened or since when it lasts: 昨天晚上八点 · 从上周三开始 · 三天了 · since last Friday."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cases.drafting.details.found import found
from cases.drafting.details.moments import SpokenMoment, written
from cases.drafting.details.times_en import times_en
from cases.drafting.details.times_zh import times_zh
from cases.drafting.model import Detail, FieldCandidate, FieldName
from cases.drafting.spans import Passage

PASSING = 0.45
"""Weight of a day or year that is said in passing: offered and not filled."""
_WEIGHT = {"since": 0.8, "at": 0.59, "every": 0.59}
"""A moment is as often that of something else in the call (a visit, an earlier report): it is marked."""


@dataclass(frozen=True, slots=True)
class TimeReader:
    """Readers of both languages; `now` is the time of the words in the city's own time."""

    def find(self, passage: Passage, now: datetime | None) -> list[FieldCandidate]:
        """Value `since 2026-11-18`, `at 2026-11-24T20`, or the words where they give no date."""
        out: list[FieldCandidate] = []
        for start, end, spoken in self._read(passage):
            iso, precision = written(spoken, now)
            said = passage.text[start:end]
            detail: dict[str, Detail] = {"kind": spoken.kind, "precision": precision}
            if iso:
                detail["time"] = iso
            if spoken.part:
                detail["part"] = spoken.part
            value = f"{spoken.kind} {iso}" if iso else said
            weight = _WEIGHT[spoken.kind] - (0.05 if precision == "said" else 0)
            if spoken.kind == "at" and (precision == "year" or _is_only_today(spoken)):
                weight = PASSING
            out += found(passage, FieldName.TIME, (start, end), value, weight, detail)
        return out

    @staticmethod
    def _read(passage: Passage) -> Iterator[tuple[int, int, SpokenMoment]]:
        return times_zh(passage.text) if passage.language == "zh" else times_en(passage.text)


def _is_only_today(spoken: SpokenMoment) -> bool:
    return spoken.days == 0 and spoken.hour is None and spoken.part is None
