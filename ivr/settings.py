"""Which flow callers hear; part of the one settings file, section `ivr`."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class IvrSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    flow: Path | None = Field(
        default=None, description="a flow's YAML file; the built-in greeting by default"
    )
    prompts: Path | None = Field(
        default=None, description="folder of <language>/<id>.wav; the built-in prompts by default"
    )
    fallback_language: str = Field(default="zh", pattern=r"^[a-z]{2}$")
