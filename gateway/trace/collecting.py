"""Puts ledger and logs of one call or case together."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from core.storage import Storage
from gateway.logs.line import LogLine
from gateway.logs.reading import LogSource
from gateway.trace.ledger import ledger_trace
from gateway.trace.model import TraceEntry, TraceIds

BEFORE: Final = timedelta(minutes=1)
AFTER: Final = timedelta(days=1)
"""So long after its last entry the log is searched: retries and retention come later."""
MOST_LINES: Final = 5_000


@dataclass(frozen=True, slots=True)
class Trace:
    """`entries` in order of time; `not_read` says what could not be."""

    ids: TraceIds
    entries: Sequence[TraceEntry]
    not_read: Sequence[str]
    masked: bool


async def trace(storage: Storage, wanted: str, source: LogSource, *, reveal: bool = False) -> Trace:
    """Raises `UnknownCall`, `StorageAway`."""
    found = await ledger_trace(storage, wanted, reveal=reveal)
    entries = list(found.entries)
    if entries:
        begin = min(entry.at for entry in entries) - BEFORE
        end = max(entry.at for entry in entries) + AFTER
        lines = await asyncio.to_thread(list, _with_ids(source.lines(begin, end), found.ids))
        entries += [_entry(line, reveal=reveal) for line in lines]
    entries.sort(key=lambda entry: entry.at)
    return Trace(found.ids, entries, list(source.trouble), masked=not reveal)


def _with_ids(lines: Iterator[LogLine], ids: TraceIds) -> Iterator[LogLine]:
    words = sorted(ids.words)
    count = 0
    for line in lines:
        text = json.dumps(line.fields, ensure_ascii=False, default=str)
        if any(word in text for word in words):
            yield line
            count += 1
            if count >= MOST_LINES:
                return


def _entry(line: LogLine, *, reveal: bool) -> TraceEntry:
    fields = dict(line.fields) if reveal else line.shown()
    what = str(fields.pop("event"))
    fields.pop("timestamp", None)
    return TraceEntry(line.at, "log", what, fields)
