"""How reporters are called by the centre itself; part of the one settings file, section
`hotline.follow_ups`. Whom, when and how often is a setting at the desk.
"""

from __future__ import annotations

from pydantic import Field

from hotline.outbound.settings import AutomatedCallSettings


class FollowUpCallSettings(AutomatedCallSettings):
    ring_s: float = Field(default=30.0, ge=5, le=60, description="how long one telephone rings")
    at_once: int = Field(
        default=4,
        ge=1,
        le=50,
        description="calls at the same time; none begins while callers wait in a queue",
    )
    person_wait_s: int = Field(
        default=60,
        ge=0,
        le=120,
        description="who presses 0 waits so long for a person, then an agent is to call him; 0: at once",
    )
    speech: bool = Field(
        default=False,
        description="answers may be said, where a recogniser has time that no caller needs",
    )
    queue: str = Field(
        default="", max_length=80, description="the queue in which he waits; empty: the first one"
    )
