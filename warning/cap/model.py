"""A CAP 1.2 message (OASIS CAP-v1.2, 3.2) as data. Pure."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator

from core.models import Strict

NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"
MOST_INFOS: Final = 8
MOST_AREAS: Final = 64
MOST_SHAPES: Final = 64
MOST_POINTS: Final = 4000
MOST_REFERENCES: Final = 32
MOST_RADIUS_KM: Final = 2000.0


class CapStatus(StrEnum):
    ACTUAL = "Actual"
    EXERCISE = "Exercise"
    SYSTEM = "System"
    TEST = "Test"
    DRAFT = "Draft"


class CapType(StrEnum):
    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"
    ACK = "Ack"
    ERROR = "Error"


class CapScope(StrEnum):
    PUBLIC = "Public"
    RESTRICTED = "Restricted"
    PRIVATE = "Private"


class CapCategory(StrEnum):
    GEO = "Geo"
    MET = "Met"
    SAFETY = "Safety"
    SECURITY = "Security"
    RESCUE = "Rescue"
    FIRE = "Fire"
    HEALTH = "Health"
    ENV = "Env"
    TRANSPORT = "Transport"
    INFRA = "Infra"
    CBRNE = "CBRNE"
    OTHER = "Other"


class CapUrgency(StrEnum):
    IMMEDIATE = "Immediate"
    EXPECTED = "Expected"
    FUTURE = "Future"
    PAST = "Past"
    UNKNOWN = "Unknown"


class CapSeverity(StrEnum):
    EXTREME = "Extreme"
    SEVERE = "Severe"
    MODERATE = "Moderate"
    MINOR = "Minor"
    UNKNOWN = "Unknown"


class CapCertainty(StrEnum):
    OBSERVED = "Observed"
    LIKELY = "Likely"
    POSSIBLE = "Possible"
    UNLIKELY = "Unlikely"
    UNKNOWN = "Unknown"


def xml_text(text: str) -> str:
    if any((sign < " " and sign not in "\t\n\r") or "\ud800" <= sign <= "\udfff" or sign in "\ufffe\uffff"
           for sign in text):  # fmt: skip
        raise ValueError("it has signs that XML does not allow")
    return text


def _one_token(text: str) -> str:
    if any(sign.isspace() or sign in ",<&" for sign in text):
        raise ValueError("no space, comma, < or & may stand in it (CAP 1.2, 3.2.1)")
    return text


def _whole_seconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=8000), AfterValidator(xml_text)]
ShortWords = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=400), AfterValidator(xml_text)
]
Token = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(xml_text),
    AfterValidator(_one_token),
]
Moment = Annotated[AwareDatetime, AfterValidator(_whole_seconds)]
Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Lat = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Point = tuple[Lon, Lat]
"""Longitude and latitude; the wire has them the other way round."""
Ring = Annotated[tuple[Point, ...], Field(max_length=MOST_POINTS)]


class CapCircle(Strict):
    lon: Lon
    lat: Lat
    km: float = Field(ge=0, le=MOST_RADIUS_KM, allow_inf_nan=False)


class CapGeocode(Strict):
    """`name` of the system of codes, as `GB/T 2260`."""

    name: ShortWords
    value: ShortWords


class CapArea(Strict):
    """Polygons are closed: the last point is the first."""

    description: ShortWords = ""
    polygons: tuple[Ring, ...] = Field(default=(), max_length=MOST_SHAPES)
    circles: tuple[CapCircle, ...] = Field(default=(), max_length=MOST_SHAPES)
    geocodes: tuple[CapGeocode, ...] = Field(default=(), max_length=MOST_SHAPES)

    @model_validator(mode="after")
    def _closed(self) -> Self:
        for ring in self.polygons:
            if not 4 <= len(ring) <= MOST_POINTS or ring[0] != ring[-1]:
                raise ValueError(
                    f"a polygon has 4 to {MOST_POINTS} points, and the last is the first (CAP 1.2, 3.2.4)"
                )
        return self


class CapInfo(Strict):
    """What is said, in one language."""

    language: Annotated[str, StringConstraints(max_length=16, pattern=r"^[A-Za-z0-9-]+$")] = "en-US"
    categories: tuple[CapCategory, ...] = Field(min_length=1, max_length=12)
    event: Annotated[ShortWords, Field(min_length=1)]
    urgency: CapUrgency
    severity: CapSeverity
    certainty: CapCertainty
    effective: Moment | None = None
    onset: Moment | None = None
    expires: Moment | None = None
    sender_name: ShortWords = ""
    headline: ShortWords = ""
    description: Words = ""
    instruction: Words = ""
    contact: ShortWords = ""
    areas: tuple[CapArea, ...] = Field(default=(), max_length=MOST_AREAS)


class CapReference(Strict):
    """An earlier message; `sent` is compared as a moment."""

    sender: Token
    identifier: Token
    sent: Moment

    @property
    def key(self) -> tuple[str, str]:
        return self.sender, self.identifier


class CapMessage(Strict):
    identifier: Token
    sender: Token
    sent: Moment
    status: CapStatus
    msg_type: CapType
    scope: CapScope
    note: Words = ""
    references: tuple[CapReference, ...] = Field(default=(), max_length=MOST_REFERENCES)
    infos: tuple[CapInfo, ...] = Field(default=(), max_length=MOST_INFOS)

    @property
    def reference(self) -> CapReference:
        return CapReference(sender=self.sender, identifier=self.identifier, sent=self.sent)

    @property
    def expires(self) -> datetime | None:
        """When all that it says has expired; None while a part says no time."""
        ends = [info.expires for info in self.infos]
        return max((one for one in ends if one), default=None) if all(ends) else None

    @property
    def areas(self) -> tuple[CapArea, ...]:
        """Of all languages, each once."""
        return tuple(dict.fromkeys(area for info in self.infos for area in info.areas))

    def info_in(self, language: str) -> CapInfo | None:
        """What it says in this language (`zh`, `en`), else in its first."""
        fits = [info for info in self.infos if info.language.lower().split("-")[0] == language]
        return next(iter([*fits, *self.infos]), None)
