"""Which reports are spoken, and by whom: fixed by rules, so that nobody chooses what goes well."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from lab.corpora.calls import CallSet, Report

SPOKEN = 30
"""Reports of each holdout."""
VERSION = 1
"""Rises when the same report would be spoken otherwise."""


@dataclass(frozen=True, slots=True)
class Part:
    """Who speaks one leg; `name` is how tables call the voice."""

    voice: str
    speed: float = 1.0
    cents: int = 0

    @property
    def name(self) -> str:
        return f"{self.voice}{self.cents:+d}" if self.cents else self.voice


# Kokoro has Japanese speakers only, piper has one: Mandarin is accented, English differs by pitch.
CITIZENS = {
    "zh": (Part("jf_nezumi"), Part("jm_kumo"), Part("jf_alpha")),
    "en": (Part("joe", 0.95), Part("joe", 0.95, -300)),
}
AGENTS = {
    "zh": (Part("jm_kumo"), Part("jf_nezumi"), Part("jm_kumo")),
    "en": (Part("joe", 0.95, 350), Part("joe", 0.95, 350)),
}


def spoken(call_set: CallSet, count: int = SPOKEN) -> list[Report]:
    """Every n-th report of the holdout when it is sorted by language, danger and its own order."""
    ordered = sorted(
        enumerate(call_set.reports), key=lambda one: (one[1]["language"], one[1]["danger"], one[0])
    )
    every = len(ordered) / count
    return [ordered[int((index + 0.5) * every)][1] for index in range(count)]


def parts(reports: Sequence[Report], report_id: str) -> tuple[Part, Part]:
    """The citizen's and the agent's voice: by turns, each language for itself."""
    report = next(one for one in reports if one["id"] == report_id)
    language = str(report["language"])
    same = [one["id"] for one in reports if one["language"] == language]
    at = same.index(report_id) % len(CITIZENS[language])
    return CITIZENS[language][at], AGENTS[language][at]


def digest(report: Report, cast: tuple[Part, Part]) -> str:
    """What a report's audio depends on."""
    said = json.dumps([VERSION, report["turns"], [asdict(part) for part in cast]], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()
