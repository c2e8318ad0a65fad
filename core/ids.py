"""Identifiers: UUIDv7 for what we create (RFC 9562 §5.7), UUIDv5 for what Asterisk already named.

`call_id` needs only the system name and the first Linkedid, so dialplan, CEL import and gateway
reach the same id without asking each other.
"""

from __future__ import annotations

import secrets
import threading
import time
from uuid import UUID, uuid5

_CALLS = UUID("6f3a1f0e-7b0c-5d3e-9a55-0c1d2e3f4a5b")
_LEGS = UUID("2d1b7f52-3c6e-5b8f-8e0f-9b8a7c6d5e4f")

_lock = threading.Lock()
_last = 0


def uuid7(unix_ms: int | None = None) -> UUID:
    """A new UUIDv7. Ids made by one process rise strictly, also within one millisecond."""
    global _last  # noqa: PLW0603  # the only state: the last 60-bit timestamp given out
    milliseconds = time.time_ns() // 1_000_000 if unix_ms is None else unix_ms
    # 48 bits of milliseconds, then 12 bits that count up within the millisecond (RFC 9562 §6.2, method 1).
    with _lock:
        stamp = milliseconds << 12
        if unix_ms is None:
            stamp = max(stamp, _last + 1)
            _last = stamp
    value = (stamp >> 12) << 80 | 0x7 << 76 | (stamp & 0xFFF) << 64 | 0b10 << 62 | secrets.randbits(62)
    return UUID(int=value)


def call_id(system_name: str, linkedid: str) -> UUID:
    """The id of a call: UUIDv5 of Asterisk's `systemname` and the call's first Linkedid."""
    return uuid5(_CALLS, f"{system_name}\n{linkedid}")


def leg_id(system_name: str, uniqueid: str) -> UUID:
    """The id of a leg: UUIDv5 of Asterisk's `systemname` and the channel's Uniqueid."""
    return uuid5(_LEGS, f"{system_name}\n{uniqueid}")
