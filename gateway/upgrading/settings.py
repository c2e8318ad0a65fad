"""Settings of `songhua upgrade`: the section `[upgrade]`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from core.models import StrictSettings

Words = tuple[str, ...]


class UpgradeSettings(StrictSettings):
    """Commands are words, as a program gets them: no shell reads them. `{package}` is the package's file."""

    folder: Path = Field(
        default=Path("/var/lib/songhua/upgrade"), description="the journal, and the packages for the way back"
    )
    program: Words = Field(default=(), description="runs the installed songhua; empty: this one")
    install: Words = Field(
        default=(), description="installs {package}; empty: apt-get for .deb, pip of this program for .whl"
    )
    stop: Words = Field(default=("systemctl", "stop", "songhua"), description="stops the service")
    start: Words = Field(
        default=("systemctl", "restart", "songhua"), description="starts the service, also one that runs"
    )
    drain_s: float = Field(default=900.0, ge=1, le=3600, description="how long calls may take to end")
    check_s: float = Field(
        default=120.0, ge=1, le=3600, description="within so long all is well after a start"
    )
    step_s: float = Field(default=7200.0, ge=60, le=86_400, description="no step takes longer")
