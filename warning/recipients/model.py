"""A recipient of warnings, and where he is responsible. Pure."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from core.models import Strict
from core.numbers import read
from warning.cap.model import Point, Ring

MOST_RECIPIENTS: Final = 20_000
MOST_PARTS: Final = 50
"""Districts, beats and polygons of one recipient."""
KEPT_DIGITS: Final = 4
RecipientWay = Literal["sms", "call"]
WAYS: Final[dict[str, RecipientWay]] = {"sms": "sms", "短信": "sms", "call": "call", "电话": "call"}
_BEAT: Final = re.compile(r"(?:beat|网格)\s*[:：]\s*([0-9A-Za-z][0-9A-Za-z_-]{0,63})")
_DISTRICT: Final = re.compile(r"[1-9][0-9]{5}", re.ASCII)
_WKT: Final = re.compile(r"polygon\s*\(\((.*)\)\)", re.IGNORECASE)
_SHORT_LINE: Final = StringConstraints(strip_whitespace=True, max_length=40)


def known_number(text: str) -> str:
    """As it is dialled. Raises `ValueError`."""
    known = read(text)
    if known is None or known.kind not in {"mobile", "fixed"}:
        raise ValueError("no number of a telephone (with its area code)")
    return known.national


def ways_in(text: str) -> tuple[RecipientWay, ...]:
    """`sms; call`, or in Chinese; empty: by text message. Raises `ValueError`."""
    parts = [one.strip().lower() for one in re.split("[;；、+]", text) if one.strip()]
    unknown = [one for one in parts if one not in WAYS]
    if unknown:
        raise ValueError(f"{unknown[0][:20]} is neither sms nor call")
    return tuple(dict.fromkeys(WAYS[one] for one in parts)) or ("sms",)


class RecipientArea(Strict):
    """`districts` by GB/T 2260 (six digits; 230100 is the whole city), `beats` by their ids."""

    districts: Annotated[tuple[str, ...], Field(max_length=MOST_PARTS)] = ()
    beats: Annotated[tuple[str, ...], Field(max_length=MOST_PARTS)] = ()
    polygons: Annotated[tuple[Ring, ...], Field(max_length=MOST_PARTS)] = ()

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if not (self.districts or self.beats or self.polygons):
            raise ValueError("no district, beat or polygon")
        for ring in self.polygons:
            if len(ring) < 4 or ring[0] != ring[-1]:
                raise ValueError("a polygon has three points or more")
        return self


class Recipient(Strict):
    """`number` as it is dialled, the same for no other recipient. `role` in the city's own words. `by`: how
    he is told; text messages go to mobile telephones alone.
    """

    recipient_id: UUID
    number: Annotated[str, AfterValidator(known_number)]
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    role: Annotated[str, _SHORT_LINE] = ""
    by: Annotated[tuple[RecipientWay, ...], Field(min_length=1, max_length=2)] = ("sms",)
    area: RecipientArea

    @model_validator(mode="after")
    def _texts_go_to_mobiles(self) -> Self:
        known = read(self.number)
        if "sms" in self.by and (known is None or known.kind != "mobile"):
            raise ValueError("a text message goes to a mobile telephone alone: say call")
        return self


def masked(number: str) -> str:
    return "•" * max(0, len(number) - KEPT_DIGITS) + number[-KEPT_DIGITS:]


def area_in(text: str) -> RecipientArea:
    """`230102; beat:DL-07; 126.60 45.70, 126.70 45.70, 126.70 45.80`: districts, beats and polygons of points
    (longitude, latitude), separated by semicolons. Raises `ValueError`.
    """
    districts, beats, polygons = list[str](), list[str](), list[Ring]()
    for part in (one.strip() for one in text.replace("；", ";").split(";")):
        beat = _BEAT.fullmatch(part)
        if _DISTRICT.fullmatch(part):
            districts.append(part)
        elif beat is not None:
            beats.append(beat[1])
        elif part:
            polygons.append(_ring(part))
    return RecipientArea(
        districts=tuple(dict.fromkeys(districts)), beats=tuple(dict.fromkeys(beats)),
        polygons=tuple(polygons),
    )  # fmt: skip


def _ring(text: str) -> tuple[Point, ...]:
    known = _WKT.fullmatch(text)
    points: list[Point] = []
    for pair in (text if known is None else known[1]).replace("，", ",").split(","):
        parts = pair.split()
        if len(parts) != 2:
            raise ValueError(f"{text[:40]} is no district of six digits, no beat:ID and no polygon")
        points.append((float(parts[0]), float(parts[1])))
    return (*points, points[0]) if points[0] != points[-1] else tuple(points)
