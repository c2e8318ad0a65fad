"""The spoken reports of both holdouts: their audio over each line, and what was recognised of it so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cases.drafting import Draft, SpokenSegment
from lab.corpora.calls import CallSet, Report
from lab.judging.conversation import drafted
from lab.judging.speech.cast import Part, digest, parts, spoken
from lab.judging.speech.hear import SPEAKERS, LoadedEngine
from lab.judging.speech.line import Pcm, over
from lab.judging.speech.store import RecognisedSegments, Spoken
from lab.prompts.telephone import read_wav

Segments = list[dict[str, Any]]
Work = tuple[str, Report]
"""A condition of the line, and a report that is to be recognised over it."""


@dataclass(frozen=True, slots=True)
class Calls:
    """`holdouts` hold only what is spoken."""

    holdouts: tuple[CallSet, ...]
    audio: Spoken
    heard: RecognisedSegments
    ear: LoadedEngine

    @classmethod
    def of(cls, holdouts: Sequence[CallSet], folder: Path) -> Calls:
        chosen = tuple(replace(call_set, reports=tuple(spoken(call_set))) for call_set in holdouts)
        return cls(chosen, Spoken(folder / "spoken"), RecognisedSegments(folder / "heard"), LoadedEngine())

    @property
    def everything(self) -> list[Report]:
        return [report for call_set in self.holdouts for report in call_set.reports]

    def parts(self, report: Report) -> tuple[Part, Part]:
        return parts(self._mates(report), report["id"])

    def seconds(self, report: Report) -> float | None:
        """How long the call is; None while it is not spoken."""
        return self.audio.seconds(report["id"], digest(report, self.parts(report)))

    def unheard(self, conditions: Sequence[str], reports: Sequence[Report]) -> Iterator[Work]:
        for condition in conditions:
            for report in reports:
                if self.segments(report, condition) is None:
                    yield condition, report

    def hear(self, report: Report, condition: str) -> None:
        legs = self._legs(report, condition)
        found = self.ear.call(legs, str(report["language"]))
        self.heard.keep(report["id"], condition, self.ear.digest(*legs.values()), found)

    def segments(self, report: Report, condition: str) -> Segments | None:
        """What was recognised; None while it was not, or was of other audio or with other settings."""
        needed = (report, self._stranger(report)) if condition == "crosstalk" else (report,)
        if any(self.seconds(one) is None for one in needed):
            return None
        return self.heard.get(
            report["id"], condition, self.ear.digest(*self._legs(report, condition).values())
        )

    def draft(self, report: Report, condition: str) -> Draft:
        return drafted(
            SpokenSegment(
                segment_id=f"{report['id']}-{index}",
                speaker=one["speaker"],
                text=one["text"][:4000],
                start=one["start"],
                end=one["end"],
                confidence=one["confidence"],
                certainty=one["certainty"],
            )
            for index, one in enumerate(self.segments(report, condition) or ())
        )

    def _mates(self, report: Report) -> tuple[Report, ...]:
        return next(call_set.reports for call_set in self.holdouts if report in call_set.reports)

    def _stranger(self, report: Report) -> Report:
        """Whose citizen is heard behind this call: the holdout's next report."""
        mates = self._mates(report)
        return mates[(mates.index(report) + 1) % len(mates)]

    def _legs(self, report: Report, condition: str) -> dict[str, Pcm]:
        """Both legs as they come over this line."""
        legs = {who: read_wav(self.audio.leg(report["id"], who)) for who in SPEAKERS}
        other = legs["c"][:0]
        if condition == "crosstalk":
            other = read_wav(self.audio.leg(self._stranger(report)["id"], "c"))
        return {who: over(condition, leg, other, f"{report['id']} {who}") for who, leg in legs.items()}
