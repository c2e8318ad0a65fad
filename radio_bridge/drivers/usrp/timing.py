"""Time limits of the USRP session."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UsrpTiming:
    """Seconds. An AllStar node takes a talk for ended when no frame has come for 0.08 s, and throws away what
    waits there when that is more than 0.5 s of sound.
    """

    settle: float = 0.5
    """What is refused over UDP is refused so soon."""
    probe_every: float = 1.0
    ping_every: float = 2.0
    fill_after: float = 0.04
    """A talk of ours of which no sound comes is kept open by silence."""
    frame: float = 0.02
    ahead: float = 0.2
    """Sound that comes faster than it can be said waits at the other side: more than this is dropped."""
    over_every: float = 0.06
    """The end of a talk is said three times, so far apart: it may be lost."""
    info_fresh: float = 5.0
    """A name that was said so long before a talk is not its talker's."""
    numbers_old: float = 1.0
    """After a pause of the other side its numbers may begin anew."""
    reopen: float = 5.0
