"""One line of the log, and what of it may be shown: phrases of the program, and fields known to name nobody.
Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from gateway.masking import masked_value

KEPT: Final = frozenset({
    "action", "ask", "attempts", "before", "call_id", "calls", "case", "category", "cause",
    "channel", "client", "code", "codec", "count", "delivery", "destination", "ends", "endpoint", "epoch",
    "erasure_id", "error", "event_id", "event_name", "event_type", "file", "flow", "free_bytes",
    "gap", "group", "held", "host", "how", "job", "kind", "lane", "left_out", "leg_id", "length", "level",
    "linkedid", "listener", "looked_at", "lost", "messages", "method", "missing", "mode", "module",
    "most", "name", "network", "number", "old", "orders", "outcome", "part", "path", "pause_s",
    "pid", "port", "problem", "prompt", "queue", "reason", "reconciliations", "recorded",
    "recording", "refused", "remedy", "role", "room", "route", "seconds", "seq", "service", "silent",
    "siren", "status", "step", "subject", "subscriber", "talkgroup", "tap", "task", "timestamp", "tls", "to",
    "told", "topic", "trunk", "unfinished", "uniqueid", "unit", "until", "used", "verb", "verifications",
    "version", "wanted", "what", "where", "why",
})  # fmt: skip
"""Fields that the program fills itself; numbers are masked in them all the same."""
HIDDEN: Final = frozenset({
    "accounts", "address", "by", "callsign", "detail", "device", "exc_info", "holder", "peer",
    "said", "station", "times", "topic_unit", "user", "words",
})  # fmt: skip
"""Fields that name staff, units, stations or addresses. Of those in neither list only the number is told."""
HIDDEN_WORD: Final = "[hidden]"
UNKNOWN_PHRASE: Final = "[a message that the program does not have]"
_FRAME: Final = re.compile(r'File "[^"]*?([^/"]+/[^/"]+\.py)", line (\d+), in (\w+)')
_ERROR: Final = re.compile(r"^(?:[\w.]+\.)?([A-Z]\w+)(?::|$)", re.MULTILINE)
_PHRASE: Final = re.compile(r"log\.(?:debug|info|warning|error|exception)\(\s*\"([^\"\\]+)\"")
_ROOMS: Final = (
    "core", "gateway", "hotline", "ivr", "speech", "cases", "cdr", "citizen", "field", "radio_bridge",
    "identity", "privacy", "runtime_settings", "sensing", "warning",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LogLine:
    """`fields` as they were written, the time and the phrase among them."""

    at: datetime
    fields: Mapping[str, Any]

    def shown(self) -> dict[str, Any]:
        """Without what names anybody."""
        out: dict[str, Any] = {}
        for key, value in self.fields.items():
            if key == "event":
                out[key] = value if value in phrases() else UNKNOWN_PHRASE
            elif key == "exception":
                out[key] = _places(str(value))
            elif key in KEPT:
                out[key] = masked_value(value)
            elif key in HIDDEN:
                out[key] = HIDDEN_WORD
        others = len(self.fields) - len(out)
        return {**out, "others": others} if others else out


def parse_line(text: str) -> LogLine | None:
    """None for what is no line of ours: another program's, or one in words (`[log] json_lines = false`)."""
    if not text.startswith("{"):
        return None
    try:
        fields = json.loads(text)
        at = datetime.fromisoformat(fields["timestamp"])
    except (ValueError, KeyError, TypeError):
        return None
    if "event" not in fields:
        return None
    return LogLine(at if at.tzinfo else at.replace(tzinfo=UTC), fields)


@cache
def phrases() -> frozenset[str]:
    """Every fixed message of the program, as its sources have it."""
    found: set[str] = set()
    for room in _ROOMS:
        spec = find_spec(room)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            for file in Path(folder).rglob("*.py"):
                found.update(_PHRASE.findall(file.read_text(encoding="utf-8")))
    return frozenset(found)


def _places(traceback: str) -> list[str]:
    """Where it failed and by which kinds of error: what an error says may hold a caller's words."""
    frames = [f"{file}:{line} {name}" for file, line, name in _FRAME.findall(traceback)]
    return [*frames, *_ERROR.findall(traceback)]
