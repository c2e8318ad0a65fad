"""Rows of the gazetteer. A row says where it was learned, and whether its position is invented."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cases.gazetteer.lines import StreetLines
from core.place import Position

PlaceKind = Literal["street", "bridge", "park", "station", "square", "estate", "landmark"]


class _GazetteerRow(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)


class District(_GazetteerRow):
    """A district, county or county-level city; `code` after GB/T 2260. `short_*` may be said alone."""

    code: str = Field(pattern=r"^\d{6}$")
    name_zh: str = Field(min_length=2, max_length=40)
    name_en: str = Field(min_length=2, max_length=80)
    short_zh: str = ""
    short_en: str = ""
    source: str = Field(min_length=1)


class Subdistrict(_GazetteerRow):
    """A subdistrict, town or township inside one district."""

    code: str = Field(pattern=r"^\d{9}$")
    name_zh: str = Field(min_length=2, max_length=40)
    name_en: str = Field(max_length=80)
    district: str = Field(pattern=r"^\d{6}$")
    source: str = Field(min_length=1)


class GazetteerPlace(_GazetteerRow):
    """A named place. `districts` holds every district that it lies in, empty when not known for certain.

    `lon`, `lat` are degrees in `datum` or both absent, and no other datum is taken; `accuracy_m` says how
    closely the row places something. `synthetic`: the position is invented, plausible inside the district
    and no more (lab/synthetic_places.py). `subdistrict` is the 9-digit code, `cell` the grid cell as the
    operator writes it; both are empty where not known. `lines` are where a street runs.
    """

    name_zh: str = Field(min_length=2, max_length=60)
    name_en: str = Field(default="", max_length=120)
    kind: PlaceKind
    districts: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    lon: float | None = Field(default=None, ge=-180, le=180)
    lat: float | None = Field(default=None, ge=-90, le=90)
    accuracy_m: float = Field(gt=0, le=1_000_000)
    synthetic: bool = False
    datum: Literal["WGS-84"] = "WGS-84"
    subdistrict: str = Field(default="", pattern=r"^(\d{9})?$")
    cell: str = Field(default="", max_length=40)
    lines: StreetLines = ()
    source: str = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _whole_position(self) -> Self:
        if (self.lon is None) != (self.lat is None):
            raise ValueError("lon and lat stand together or not at all")
        return self

    @property
    def position(self) -> Position | None:
        if self.lon is None or self.lat is None:
            return None
        return Position(lon=self.lon, lat=self.lat, accuracy_m=self.accuracy_m)
