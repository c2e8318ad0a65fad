"""How members of incident conferences are called; part of the one settings file, section
`hotline.conferences`.
"""

from __future__ import annotations

from pydantic import Field

from hotline.outbound.settings import AutomatedCallSettings


class ConferenceSettings(AutomatedCallSettings):
    ring_s: float = Field(default=30.0, ge=5, le=120, description="how long a member's telephone rings")
    most_members: int = Field(default=30, ge=2, le=200, description="members of one conference at most")
