"""Where sirens are and which program they play: `[warning.sirens.*]` and `[warning.siren_programs]`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from core.models import StrictSettings

SirenName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,39}$")]
ProgramNumber = Annotated[int, Field(ge=0, lt=65_536)]


class SirenSettings(StrictSettings):
    """One controller, or one unit behind a gateway; degrees are WGS-84."""

    host: Annotated[str, Field(min_length=1, max_length=253)]
    port: int = Field(default=502, ge=1, le=65_535)
    unit: int = Field(default=1, ge=0, le=255, description="Modbus unit behind this address")
    first_register: int = Field(
        default=0, ge=0, le=65_532, description="first of the four holding registers (docs/sirens.md)"
    )
    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)


class SirenPrograms(StrictSettings):
    """By number as the controllers keep them; 0: the sirens stay silent."""

    alert: ProgramNumber = 0
    update: ProgramNumber = 0
    clear: ProgramNumber = 0
    exercise: ProgramNumber = Field(default=0, description="of an exercise or a test, whatever it is about")
