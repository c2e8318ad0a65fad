"""A camera of the register, and the geometry of what it sees. Pure.

A camera looks from its position along `azimuth` (degrees clockwise from north) over the horizontal angle
`view_angle`, and sees what lies between `near_m` and `far_m` metres. A PTZ camera turns: it sees all around.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from core.actor import Actor, Role
from core.scopes import Scope

CODE: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$"
FARTHEST_M: Final = 2_000.0
METRES_PER_DEGREE: Final = math.pi / 180 * 6_371_008.8
SCHEMES: Final = ("rtsp", "http", "https", "onvif")
REGISTERS: Final = re.compile(r"gb28181://[0-9]{20}/[0-9]{20}", re.ASCII)
"""The address of a camera of a device that registers with us: the ids of the device and of the camera."""
GB_CAMERAS: Final = frozenset({"131", "132"})
"""Type codes of a camera and of a network camera (GB/T 28181, annex on ids)."""
_PROVINCES: Final = range(11, 83)
_WORDS: Final = re.compile(r"[\s;,，、；]+")


class CameraKind(StrEnum):
    FIXED = "fixed"
    PTZ = "ptz"


class RegisteredCamera(BaseModel):
    """A row of the register; lengths in metres, angles in degrees. `address` is an `rtsp:` URL, an `http:`
    URL that answers with one JPEG, an `onvif:` URL of a device service, or one of `REGISTERS`; `account`
    names the user and password of the settings. `roles` and `departments` narrow whom it is for; without any
    it is for everybody who sees cameras.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)

    code: str = Field(pattern=CODE)
    name: str = Field(min_length=1, max_length=80)
    gb_id: str = ""
    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-85, le=85)
    height_m: float | None = Field(default=None, ge=0, le=600)
    azimuth: float | None = Field(default=None, ge=0, le=360)
    view_angle: float = Field(default=60.0, gt=0, le=360)
    near_m: float = Field(default=0.0, ge=0, le=FARTHEST_M)
    far_m: float = Field(default=100.0, gt=0, le=FARTHEST_M)
    kind: CameraKind = CameraKind.FIXED
    datum: Literal["WGS-84", "CGCS2000"] = "WGS-84"
    owner: str = Field(default="", max_length=120)
    address: str = Field(default="", max_length=400)
    account: str = Field(default="", pattern=r"^[a-z0-9-]{0,32}$")
    roles: str = Field(default="", max_length=120)
    departments: str = Field(default="", max_length=400)
    in_use: bool = True
    note: str = Field(default="", max_length=500)

    @field_validator("kind", mode="before")
    @classmethod
    def _in_chinese(cls, value: Any) -> Any:
        return _KINDS.get(value.strip().lower(), value) if isinstance(value, str) else value

    @field_validator("in_use", mode="before")
    @classmethod
    def _yes_or_no(cls, value: Any) -> Any:
        return {"是": True, "否": False}.get(value, value) if isinstance(value, str) else value

    @field_validator("gb_id")
    @classmethod
    def _of_the_standard(cls, value: str) -> str:
        fault = gb_fault(value) if value else ""
        if fault:
            raise ValueError(fault)
        return value

    @field_validator("address")
    @classmethod
    def _without_secret(cls, value: str) -> str:
        fault = address_fault(value) if value else ""
        if fault:
            raise ValueError(fault)
        return value

    @field_validator("roles")
    @classmethod
    def _known_roles(cls, value: str) -> str:
        unknown = [one for one in words(value) if one not in {role.value for role in Role}]
        if unknown:
            raise ValueError(f"there is no role {unknown[0]}")
        return " ".join(words(value))

    @field_validator("departments")
    @classmethod
    def _spaced(cls, value: str) -> str:
        return " ".join(words(value))

    @model_validator(mode="after")
    def _sees_something(self) -> RegisteredCamera:
        if self.near_m >= self.far_m:
            raise ValueError("near_m must be less than far_m")
        if self.azimuth is None and not self.sees_all_around:
            raise ValueError("a fixed camera needs its azimuth, or view_angle 360")
        return self

    @property
    def speaks_onvif(self) -> bool:
        return self.address.startswith("onvif://")

    @property
    def turns(self) -> bool:
        """Whether it may be asked for presets."""
        return self.speaks_onvif and self.kind is CameraKind.PTZ

    @property
    def steerable(self) -> bool:
        """Whether it may be moved by hand."""
        reached = self.speaks_onvif or REGISTERS.fullmatch(self.address) is not None
        return reached and self.kind is CameraKind.PTZ

    @property
    def records(self) -> bool:
        """Whether its device may be asked for what it recorded."""
        return REGISTERS.fullmatch(self.address) is not None

    @property
    def sees_all_around(self) -> bool:
        return self.kind is CameraKind.PTZ or self.view_angle >= 360

    def is_for(self, actor: Actor) -> bool:
        """Whether the camera's own list of roles and departments includes this person."""
        roles, departments = words(self.roles), words(self.departments)
        if roles and not any(role.value in roles for role in actor.roles):
            return False
        return not departments or any(actor.within(Scope.DEPARTMENT, one) for one in departments)


_KINDS: Final = {"固定": "fixed", "枪机": "fixed", "云台": "ptz", "球机": "ptz"}
COLUMNS: Final[Mapping[str, str]] = {
    "code": "编号", "name": "名称", "gb_id": "国标编码", "lon": "经度", "lat": "纬度", "height_m": "高度米",
    "azimuth": "方位角", "view_angle": "视场角", "near_m": "近距米", "far_m": "远距米", "kind": "类型",
    "datum": "坐标系", "owner": "所属单位", "address": "地址", "account": "账号", "roles": "可看角色",
    "departments": "可看部门", "in_use": "启用", "note": "备注",
}  # fmt: skip
REQUIRED: Final = ("code", "name", "lon", "lat")
KEPT: Final = tuple(name for name in COLUMNS if name not in {"code", "datum"})
"""Columns in which two rows of one camera may differ."""


def words(text: str) -> list[str]:
    """The words of a cell that holds several."""
    return [one for one in _WORDS.split(text) if one]


def gb_fault(text: str) -> str:
    """Why this is no id of a camera in GB/T 28181: centre 8, industry 2, type 3, network 1, sequence 6.
    Empty for one that is.
    """
    if not re.fullmatch(r"[0-9]{20}", text):
        return "an id of GB/T 28181 has 20 digits"
    if int(text[:2]) not in _PROVINCES:
        return f"no province has the code {text[:2]}"
    if text[10:13] not in GB_CAMERAS:
        return f"type {text[10:13]} is no camera: digits 11 to 13 are 131 or 132"
    return ""


def address_fault(text: str) -> str:
    """Why this is no address of a camera; empty for one that is."""
    if text.startswith("gb28181:"):
        return (
            "" if REGISTERS.fullmatch(text) else "an address is gb28181://device/camera: two ids of 20 digits"
        )
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return "it is no URL"
    if parts.scheme not in SCHEMES or not parts.hostname or port == 0:
        return "an address is rtsp://host/path, http://host/path, https://host/path or onvif://host"
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        return "user and password belong into [sensing.accounts], and the account's name into the column"
    if any(char <= " " or char == "\x7f" for char in text) or parts.fragment:
        return "a URL has no spaces and no fragment"
    return ""


def offset_m(camera: RegisteredCamera, lon: float, lat: float) -> tuple[float, float]:
    """Metres east and north of the camera; exact to a millimetre within `FARTHEST_M`."""
    east = (lon - camera.lon) * METRES_PER_DEGREE * math.cos(math.radians((lat + camera.lat) / 2))
    return east, (lat - camera.lat) * METRES_PER_DEGREE


def sees(camera: RegisteredCamera, east: float, north: float) -> bool:
    """Whether the camera sees the place that lies so many metres from it."""
    metres = math.hypot(east, north)
    if not camera.near_m <= metres <= camera.far_m:
        return False
    if camera.sees_all_around or metres == 0 or camera.azimuth is None:
        return True
    aside = (math.degrees(math.atan2(east, north)) - camera.azimuth + 180) % 360 - 180
    return abs(aside) <= camera.view_angle / 2
