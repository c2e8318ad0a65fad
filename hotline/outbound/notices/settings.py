"""How citizens are told by telephone; part of the one settings file, section `hotline.notices`. Who, of what,
and in which hours is a setting at the desk.
"""

from __future__ import annotations

from pydantic import Field

from hotline.outbound.settings import AutomatedCallSettings


class NoticeCallSettings(AutomatedCallSettings):
    ring_s: float = Field(default=30.0, ge=5, le=60, description="how long one telephone rings")
    at_once: int = Field(
        default=2,
        ge=1,
        le=50,
        description="calls at the same time; none begins while callers wait in a queue",
    )
    keys_prompt: str = Field(
        default="",
        max_length=40,
        pattern=r"^[a-z0-9-]*$",
        description="a prompt of your own that is said last, as of what 9 does; empty: none",
    )
