"""Time limits of the reflector session."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SvxReflectorTiming:
    """Seconds. The reflector itself closes a connection that says nothing for 15 s, and takes a talker off of
    whom it hears nothing for 4 s.
    """

    sign_in: float = 10.0
    reach: float = 5.0
    """How long its answer over UDP may take before that way counts as blocked."""
    reach_every: float = 0.5
    tcp_say: float = 8.0
    tcp_silent: float = 15.0
    udp_ping: float = 8.0
    """So long after its last datagram it is asked whether it is there."""
    udp_silent: float = 20.0
    grant: float = 1.0
    """How long after our first frame it may name us as the talker before we ask why not."""
    why_not: float = 0.6
    frame_missing: float = 0.5
    """A granted talk of which no sound comes is kept open by a frame of silence each so often."""
    over_every: float = 0.1
    """How often the end of a talk is said until it is confirmed, at most `over_most` seconds."""
    over_most: float = 2.0
    settle: float = 0.1
    """What the reflector says by its other way may be so much later."""
    nameless: float = 0.3
    """Sound of nobody that lasts so long is that of somebody who began before we came."""
    nameless_gone: float = 4.0
    retry_first: float = 0.5
    retry_most: float = 15.0
    retry_denied: float = 16.0
    """One that still has our former connection lets us in after 15 s."""
    settled: float = 30.0
    """A link that stood for so long is opened again at once when it ends."""
