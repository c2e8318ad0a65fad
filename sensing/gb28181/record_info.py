"""What a device has recorded of a camera, listed in parts (GB/T 28181, 9.7): parts to a whole. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from sensing.gb28181.manscdp import XmlElement, query
from sensing.recordings.model import RecordedSpan

MOST_RECORDINGS: Final = 5_000
CHINA: Final = timezone(timedelta(hours=8))
"""Times of the standard have no zone: they are those of China."""
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(Z|[+-]\d\d:\d\d)?", re.ASCII)


def record_query(number: int, channel: str, span: RecordedSpan) -> bytes:
    """The question for recordings of every kind within the span."""
    more = {
        "StartTime": _local(span.begin), "EndTime": _local(span.end), "Secrecy": "0", "Type": "all",
    }  # fmt: skip
    return query("RecordInfo", number, channel, more)


class RecordingParts:
    """Collects the parts of one answer. Parts may come twice and in any order."""

    def __init__(self) -> None:
        self._total: int | None = None
        self._seen: set[tuple[str, str, str]] = set()
        self._spans: set[RecordedSpan] = set()

    def add(self, part: XmlElement) -> list[RecordedSpan] | None:
        """The recordings by time, as soon as every entry has come; None until then. Raises `ValueError` for a
        number of entries that cannot be.
        """
        total = part.number("SumNum")
        if total is None or not 0 <= total <= MOST_RECORDINGS or total != int(total):
            raise ValueError("SumNum is out of range")
        if self._total not in {None, int(total)}:
            raise ValueError("SumNum differs between parts")
        self._total = int(total)
        listed = part.child("RecordList")
        for one in listed.children if listed is not None else ():
            self._entry(one)
        return sorted(self._spans) if len(self._seen) >= self._total else None

    def _entry(self, entry: XmlElement) -> None:
        began, ended = entry.said("StartTime", 40), entry.said("EndTime", 40)
        if entry.name != "Item" or len(self._seen) >= MOST_RECORDINGS:
            return
        self._seen.add((began, ended, entry.said("FilePath")))
        begin, end = time_of(began), time_of(ended)
        if begin is not None and end is not None and begin < end:
            self._spans.add(RecordedSpan(begin, end))


def time_of(text: str) -> datetime | None:
    """A time of the standard, in UTC; None for what is none."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    zone = found.group(1) or ""
    try:
        moment = datetime.fromisoformat("".join((found.group(0)[:19], "+00:00" if zone == "Z" else zone)))
        local = moment if moment.tzinfo is not None else moment.replace(tzinfo=CHINA)
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _local(moment: datetime) -> str:
    return moment.astimezone(CHINA).strftime("%Y-%m-%dT%H:%M:%S")
