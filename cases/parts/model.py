"""Parts and their ids. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.place import Position

PART_ID: Final = r"^[1-9]\d{15}$"
"""County 6, major class 2, minor class 2, sequence 6 (GB/T 30428.2)."""
CLASS_C_M: Final = 10.0
"""The standard's coarsest accuracy of a surveyed part: assumed where a row says none."""
_NO_KEY: Final = re.compile(r"[\W_]+")
_LETTERS: Final = re.compile(r"[^A-Z0-9\u3400-\u9fff]+")
_SUFFIX: Final = re.compile(r"号(?:灯杆|电线杆|电杆|杆|井盖|井)?$")


def label_key(label: str) -> str:
    """What a number on a part is found by: capitals and digits alone; `HX-1023号` is `HX1023`."""
    return _LETTERS.sub("", _SUFFIX.sub("", _NO_KEY.sub("", label)).upper())[:40]


def _text(most: int) -> Any:
    return Field(default="", max_length=most)


class RegisteredPart(BaseModel):
    """A row of the register. `label` is what is painted on it; `accuracy_m` how well it was surveyed."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)

    part_id: str = Field(pattern=PART_ID)
    label: str = _text(40)
    name: str = Field(min_length=1, max_length=80)
    owner: str = _text(120)
    authority: str = _text(120)
    maintainer: str = _text(120)
    address: str = _text(200)
    lon: float | None = Field(default=None, ge=-180, le=180)
    lat: float | None = Field(default=None, ge=-90, le=90)
    accuracy_m: float = Field(default=CLASS_C_M, gt=0, le=10_000)
    datum: Literal["WGS-84", "CGCS2000"] = "WGS-84"
    cell: str = Field(default="", pattern=r"^(\d{14,16})?$")
    state: str = _text(16)
    source: str = _text(80)
    note: str = _text(500)

    @model_validator(mode="after")
    def _whole_position(self) -> RegisteredPart:
        if (self.lon is None) != (self.lat is None):
            raise ValueError("lon and lat stand together or not at all")
        return self

    @property
    def class_code(self) -> str:
        """Major and minor class, four digits."""
        return self.part_id[6:10]

    @property
    def district(self) -> str:
        """Six digits."""
        return self.part_id[:6]

    @property
    def position(self) -> Position | None:
        """None where the row has none. CGCS2000 and WGS-84 differ by less than its accuracy."""
        if self.lon is None or self.lat is None:
            return None
        return Position(lon=self.lon, lat=self.lat, accuracy_m=self.accuracy_m)


@dataclass(frozen=True, slots=True)
class PartSearch:
    """What parts are looked for by. `text`: beginning of an id or of a label; `class_code`: of a class."""

    text: str = ""
    class_code: str = ""
    district: str = ""
    near: Position | None = None
    metres: float = 100.0
    limit: int = 20


COLUMNS: Final[Mapping[str, str]] = {
    "part_id": "部件编号", "label": "牌号", "name": "名称", "owner": "权属单位", "authority": "主管单位",
    "maintainer": "养护单位", "address": "地址", "lon": "经度", "lat": "纬度", "accuracy_m": "精度米",
    "datum": "坐标系", "cell": "单元网格", "state": "状态", "source": "来源", "note": "备注",
}  # fmt: skip
REQUIRED: Final = ("part_id", "name")
KEPT: Final = tuple(name for name in COLUMNS if name not in {"part_id", "datum"})
"""Columns in which two rows of one part may differ."""
