"""CEL lines, bytes to rows: incremental, any split gives the same result, any bytes are survived.

The format is cel_custom's `dsv` with every field quoted (checked against Asterisk 22.10). A value may hold
raw newlines. When the disk was full a line is cut and the next one is glued onto it: the parser finds the
next beginning of a record, which cannot occur inside a quoted value because quotes are doubled there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cdr.cel.model import ID_LENGTH, CelRow, time_of

FIELDS = (
    "EventType", "EventTime", "Name", "Num", "Exten", "Context", "ChanName",
    "AppName", "AppData", "UniqueID", "LinkedID", "Peer", "EventExtra",
)  # fmt: skip
MAX_RECORD = 64 * 1024
"""A longer record is no record; what is dropped at once is never more than this."""

_BEGIN = re.compile(rb'"[A-Z][A-Z0-9_]{2,39}","\d{9,11}\.\d{6}",')
_BEGIN_LENGTH = 1 + 40 + 3 + 11 + 1 + 6 + 2
_VALUE = re.compile(rb'[^"]*+(?:""[^"]*+)*+')
_QUOTE, _COMMA, _LF, _CR = b'",\n\r'


@dataclass(frozen=True, slots=True)
class CelLine:
    """A good record: where it began in the file, its bytes with the line end, and what it says."""

    offset: int
    raw: bytes
    row: CelRow


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """Bytes that are no record: `no-beginning`, `quotes`, `fields`, `too-long`, `cut` or `ids`."""

    offset: int
    raw: bytes
    reason: str


class _Incomplete(Exception):
    """More bytes are needed to decide."""


class _Malformed(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CelParser:
    """Feed it the file from any `position` it reported before; it holds at most one record and a read."""

    def __init__(self, position: int = 0) -> None:
        self._buffer = bytearray()
        self._position = position

    @property
    def position(self) -> int:
        """Offset in the file of the first byte that is not part of a result yet. Safe to begin again from."""
        return self._position

    @property
    def pending(self) -> int:
        """Bytes of a line that is not complete."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[CelLine | RejectedLine]:
        """The lines that are complete now; a damaged one is returned as rejected."""
        self._buffer += data
        return self._drain(last=False)

    def finish(self) -> list[CelLine | RejectedLine]:
        """No more bytes will come (the file was rotated away): what is left is decided now."""
        return self._drain(last=True)

    def _drain(self, *, last: bool) -> list[CelLine | RejectedLine]:
        buffer = bytes(self._buffer)
        found: list[CelLine | RejectedLine] = []
        start = 0
        while start < len(buffer):
            try:
                end, item = self._next(buffer, start, last=last)
            except _Incomplete:
                break
            if item is not None:
                found.append(item)
            start = end
        del self._buffer[:start]
        self._position += start
        return found

    def _next(self, buffer: bytes, start: int, *, last: bool) -> tuple[int, CelLine | RejectedLine | None]:
        offset = self._position + start
        try:
            end, values = _record(buffer, start)
        except _Incomplete:
            if not last:
                raise
            return self._skip(buffer, start, "cut", last=True)
        except _Malformed as problem:
            return self._skip(buffer, start, problem.reason, last=last)
        return end, _judge(offset, buffer[start:end], values)

    def _skip(
        self, buffer: bytes, start: int, reason: str, *, last: bool
    ) -> tuple[int, CelLine | RejectedLine | None]:
        """Past bytes that are no record, to the next beginning of one."""
        window = start + MAX_RECORD
        begin = _BEGIN.search(buffer, start + 1, window + _BEGIN_LENGTH)
        if begin is not None and begin.start() <= window:
            end = begin.start()
        elif len(buffer) > window + _BEGIN_LENGTH:
            end = window
        elif last:
            end = min(len(buffer), window)
        else:
            raise _Incomplete
        raw = buffer[start:end]
        if not raw.strip(b"\r\n"):
            return end, None
        offset = self._position + start
        try:
            # Whole but for its line end, which the full disk took: the glued neighbour proves where it ends.
            whole, values = _record(raw + b"\n", 0)
        except (_Incomplete, _Malformed):
            return end, RejectedLine(offset, raw, reason)
        item = _judge(offset, raw, values)
        if whole != len(raw) + 1 or (isinstance(item, CelLine) and item.row.extra and not item.row.extras()):
            return end, RejectedLine(offset, raw, reason)
        return end, item


def _record(buffer: bytes, start: int) -> tuple[int, list[bytes]]:
    """The end of the record at `start` and its values, still with doubled quotes."""
    _require_beginning(buffer, start)
    values: list[bytes] = []
    at = start
    while True:
        close = _closing_quote(buffer, at, limit=start + MAX_RECORD)
        values.append(buffer[at + 1 : close])
        if buffer[close + 1] == _COMMA and len(values) < len(FIELDS):
            at = close + 2
            continue
        if buffer[close + 1] == _COMMA:
            raise _Malformed("fields")
        end = _line_end(buffer, close + 1)
        if len(values) != len(FIELDS):
            raise _Malformed("fields")
        return end, values


def _require_beginning(buffer: bytes, start: int) -> None:
    if _BEGIN.match(buffer, start) is not None:
        return
    if len(buffer) - start < _BEGIN_LENGTH and buffer.find(b"\n", start) < 0:
        raise _Incomplete
    raise _Malformed("no-beginning")


def _closing_quote(buffer: bytes, at: int, *, limit: int) -> int:
    """Where the value that opens at `at` closes; one more byte is there to be looked at."""
    if at == len(buffer):
        raise _Incomplete
    if buffer[at] != _QUOTE:
        raise _Malformed("quotes")
    value = _VALUE.match(buffer, at + 1)
    assert value is not None  # it matches the empty string too
    close = value.end()
    if close > limit:
        # Before anything behind the limit is looked at: the verdict must not depend on the split.
        raise _Malformed("too-long")
    if close + 1 >= len(buffer):
        raise _Incomplete
    return close


def _line_end(buffer: bytes, at: int) -> int:
    if buffer[at] == _LF:
        return at + 1
    if buffer[at] != _CR:
        raise _Malformed("quotes")
    if at + 1 == len(buffer):
        raise _Incomplete
    if buffer[at + 1] != _LF:
        raise _Malformed("quotes")
    return at + 2


def _judge(offset: int, raw: bytes, values: list[bytes]) -> CelLine | RejectedLine:
    texts = [_text(value) for value in values]
    uniqueid, linkedid = texts[9], texts[10]
    if not (0 < len(uniqueid) <= ID_LENGTH and 0 < len(linkedid) <= ID_LENGTH):
        return RejectedLine(offset, raw, "ids")
    return CelLine(offset, raw, CelRow(texts[0], time_of(texts[1]), *texts[2:]))


def _text(value: bytes) -> str:
    # Asterisk cuts names inside a character; PostgreSQL takes no NUL.
    return value.replace(b'""', b'"').decode("utf-8", "replace").replace("\0", "\ufffd")
