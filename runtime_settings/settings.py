"""Where the copy of the settings that people change stands, section `runtime_settings`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from core.models import Strict


class RuntimeSettingsSettings(Strict):
    copy_file: Path = Field(
        default=Path(".songhua/settings.json"),
        description="what people changed at the desk, for a start without the database",
    )
