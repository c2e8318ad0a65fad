"""One CEL row with typed fields, and its `extra` decoded. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

TAP_CHANNEL = "AudioSocket/"
TAP_ID = "tap-"
UNIT_PAGE = "PJSIP/songhua-unit-"
"""A unit's page in a talkgroup's conference (dialplan/unit.conf)."""

PAUSED, RESUMED = "RECORDING_PAUSED", "RECORDING_RESUMED"
MARKS = frozenset({PAUSED, RESUMED})
"""Lines that a channel of nobody writes about another channel: `uniqueid/linkedid/reason/who`."""

ID_LENGTH = 150
"""Longest uniqueid that Asterisk makes (AST_MAX_UNIQUEID, channel.h)."""


@dataclass(frozen=True, slots=True)
class CelRow:
    """One channel event as Asterisk wrote it. `at` is UTC with microseconds; empty text means "none".

    The order of the fields is the order of the columns in `cel_custom.conf`.
    """

    event: str
    at: datetime
    name: str
    number: str
    exten: str
    context: str
    channel: str
    app: str
    app_data: str
    uniqueid: str
    linkedid: str
    peer: str
    extra: str

    @property
    def is_tap(self) -> bool:
        """A live-audio tap, the channel that writes a mark, or a unit's page, is neither a call nor a leg of
        one.
        """
        return self.channel.startswith((TAP_CHANNEL, UNIT_PAGE)) or self.uniqueid.startswith(TAP_ID)

    def about(self) -> CelRow:
        """The row filed under the channel that it speaks of: a mark is written by a channel of nobody."""
        if self.event not in MARKS or not self.uniqueid.startswith(TAP_ID):
            return self
        uniqueid, _, rest = self.extra_text("extra").partition("/")
        linkedid = rest.partition("/")[0]
        if not (0 < len(uniqueid) <= ID_LENGTH and 0 < len(linkedid) <= ID_LENGTH):
            return self
        return replace(self, uniqueid=uniqueid, linkedid=linkedid)

    def mark(self) -> tuple[str, str]:
        """Reason and author of a mark; empty texts when it says none."""
        words = self.extra_text("extra").split("/", 3)
        return (words[2], words[3]) if len(words) == 4 else ("", "")

    def extras(self) -> Mapping[str, object]:
        """The JSON object in `extra`; empty when there is none or when it is damaged."""
        if not self.extra:
            return {}
        try:
            found = json.loads(self.extra)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def extra_text(self, key: str) -> str:
        """A text of the row's extra fields; empty when it is absent or no text."""
        value = self.extras().get(key)
        return value if isinstance(value, str) else ""

    def related_uniqueids(self) -> frozenset[str]:
        """Channels that this event ties to the call: transferee, transfer target, other half of a Local."""
        return frozenset(
            value
            for key, value in self.extras().items()
            if key.endswith("uniqueid") and isinstance(value, str) and 0 < len(value) <= ID_LENGTH
        )


def time_of(text: str) -> datetime:
    """`seconds.microseconds` since 1970 (cel.conf's default) as UTC, without rounding."""
    seconds, _, micros = text.partition(".")
    return _EPOCH + timedelta(seconds=int(seconds), microseconds=int(micros))
