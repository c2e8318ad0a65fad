"""Queries and rows of the audit trail. Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.errors import Invalid

MOST_ROWS = 200
_LARGEST_SEQ = 2**63 - 1


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """`subject` is `kind:id`, or a word. `detail` is JSON-ready."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any]

    def shown(self) -> dict[str, Any]:
        """The row as JSON."""
        return {
            "seq": self.seq,
            "at": self.at.isoformat(timespec="milliseconds"),
            "actor": self.actor,
            "action": self.action,
            "subject": self.subject,
            "detail": dict(self.detail),
        }


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Empty and None do not narrow. `actor`, `action`, `subject` match whole, `text` anywhere in a row;
    `since` and `until` bound its time; `before` is a row's number, from a cursor.
    """

    actor: str = ""
    action: str = ""
    subject: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None

    def told(self) -> dict[str, str]:
        """What was looked for, for the trail itself."""
        words = {"actor": self.actor, "action": self.action, "subject": self.subject, "text": self.text}
        times = {"since": self.since, "until": self.until}
        return {name: word for name, word in words.items() if word} | {
            name: moment.isoformat() for name, moment in times.items() if moment is not None
        }


def cursor(seq: int) -> str:
    """Where the next page begins, as an opaque text."""
    return base64.urlsafe_b64encode(str(seq).encode()).decode()


def read_cursor(text: str) -> int | None:
    """The number in a cursor; None for an empty one. Raises `Invalid`."""
    if not text:
        return None
    try:
        plain = base64.urlsafe_b64decode(text.encode()).decode("ascii")
    except (ValueError, binascii.Error):
        plain = ""
    if not plain.isdigit() or len(plain) > len(str(_LARGEST_SEQ)) or int(plain) > _LARGEST_SEQ:
        raise Invalid("this is no cursor", remedy="give `next` of the previous page")
    return int(plain)
