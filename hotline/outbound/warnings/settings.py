"""How recipients of warnings are called; part of the one settings file, section `hotline.warnings`."""

from __future__ import annotations

from pydantic import Field

from hotline.outbound.settings import AutomatedCallSettings


class WarningCallSettings(AutomatedCallSettings):
    enabled: bool = Field(default=False, description="only with prompts that say what is an exercise")
    ring_s: float = Field(default=30.0, ge=5, le=60, description="how long one telephone rings")
    lines: int = Field(default=30, ge=1, le=10_000, description="calls that the trunks carry at once")
    share: float = Field(
        default=0.3, gt=0, le=0.8, description="of these lines; the others stay the hotline's"
    )
    per_s: float = Field(default=1.0, gt=0, le=20, description="calls that begin in a second")

    @property
    def at_once(self) -> int:
        return max(1, int(self.lines * self.share))
