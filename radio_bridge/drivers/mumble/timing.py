"""Time limits of the Mumble session."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MumbleTiming:
    """Seconds. The server itself ends a connection that says nothing for 30 s."""

    sign_in: float = 10.0
    join: float = 5.0
    ping_every: float = 5.0
    silent: float = 15.0
    """So long after its last word it is not there any more; it answers pings."""
    retry_first: float = 0.5
    retry_most: float = 15.0
    retry_denied: float = 16.0
    """What an operator has to change is tried again so late."""
    settled: float = 30.0
    """A link that stood for so long is opened again at once when it ends."""
