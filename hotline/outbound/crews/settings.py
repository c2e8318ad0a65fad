"""How crews are called; part of the one settings file, section `hotline.crews`."""

from __future__ import annotations

from pydantic import Field

from hotline.outbound.settings import AutomatedCallSettings


class CrewCallSettings(AutomatedCallSettings):
    """A job that nothing else brought rings the crew's telephone."""

    ring_s: float = Field(default=25.0, ge=5, le=60, description="how long one telephone rings")
