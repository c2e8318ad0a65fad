"""The smaller facts of a report, from speech: time, count, call-back number, name, asset number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cases.catalogue.fields import DetailWords
from cases.drafting.details.assets import AssetReader
from cases.drafting.details.callback import SHORTEST, CallbackReader
from cases.drafting.details.counts import CountReader
from cases.drafting.details.names import NameReader
from cases.drafting.details.readback import amendments
from cases.drafting.details.times import TimeReader
from cases.drafting.model import FieldCandidate, FieldName, SegmentFindings
from cases.drafting.spans import Passage
from core.digits import runs

READ_BACK = frozenset({FieldName.CALLBACK, FieldName.ASSET})
"""Numbers that agents read back and citizens correct."""


class DetailReader:
    """Each reader sees one passage; only numbers are also read from what the agent says."""

    def __init__(self, words: DetailWords) -> None:
        self._callback = CallbackReader(words)
        self._asset = AssetReader(words)
        self._name = NameReader(words)
        self._count = CountReader(words)
        self._time = TimeReader()

    def find(
        self,
        passage: Passage,
        earlier: Sequence[SegmentFindings],
        now: datetime | None,
        taken: Sequence[tuple[int, int]] = (),
    ) -> list[FieldCandidate]:
        """`earlier` is what was heard before, `now` the city's time at these words, None where not known;
        `taken` are the spans of place names in the passage.
        """
        last = earlier[-1] if earlier else None
        other = last if last is not None and last.segment.speaker != passage.segment.speaker else None
        asked = other.segment.text if other is not None else ""
        if passage.segment.speaker == "agent":
            return self._read_back(passage, asked, earlier)
        numbers = [*self._callback.find(passage, asked), *self._asset.find(passage, asked)]
        if not numbers and other is not None:
            field = _asked_about(other)
            numbers = [] if field is None else amendments(passage, asked, field)
        return [
            *numbers,
            *self._name.find(passage, asked),
            *self._count.find(passage, taken),
            *self._time.find(passage, now),
        ]

    def _read_back(
        self, passage: Passage, asked: str, earlier: Sequence[SegmentFindings]
    ) -> list[FieldCandidate]:
        """A number that the agent says after one was given, or with its own words about what it is."""
        found = [*self._callback.find(passage, asked), *self._asset.find(passage, asked)]
        given = next((field for item in reversed(earlier) if (field := _asked_about(item))), None)
        if found or given is None:
            return found
        rows = [run for run in runs(passage.text, passage.language) if len(run.digits) >= 3]
        rows = [run for run in rows if not passage.text[run.end : run.end + 1].startswith(("号", "號"))]
        fits = [run for run in rows if (len(run.digits) >= SHORTEST) == (given is FieldName.CALLBACK)]
        if not fits or not passage.touches(fits[-1].end):
            return []
        run = fits[-1]
        pieces = passage.evidence(run.start, run.end)
        return [FieldCandidate(field=given, value=run.digits, weight=0.5, evidence=pieces)]


def _asked_about(other: SegmentFindings) -> FieldName | None:
    """What the last number in it is."""
    if READ_BACK.isdisjoint(other.by_field):
        return None
    return next((c.field for c in reversed(other.candidates) if c.field in READ_BACK), None)
