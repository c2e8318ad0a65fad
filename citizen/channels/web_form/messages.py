"""What the page of the public sends, and what it gets."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from cases.events import CaseProgress, DeclineReason
from citizen.contract.mail_address import MOST_MAIL_ADDRESS
from citizen.contract.report import BEST, MOST_PICTURE_BYTES, MOST_PICTURES, MOST_PLACE, MOST_TEXT

_Base64 = Annotated[
    str, Field(max_length=MOST_PICTURE_BYTES * 4 // 3 + 8, json_schema_extra={"contentEncoding": "base64"})
]


class WebPosition(BaseModel):
    """As a browser's geolocation gives it: WGS-84 degrees, the accuracy in metres."""

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    accuracy_m: float = Field(gt=0, le=100_000)


class WebReportRequest(BaseModel):
    """`message_id` is a new UUID for each report; send the same one again when no answer came."""

    message_id: UUID
    text: str = Field(min_length=1, max_length=MOST_TEXT)
    place: str = Field(default="", max_length=MOST_PLACE)
    phone: str = Field(default="", max_length=40)
    email: str = Field(default="", max_length=MOST_MAIL_ADDRESS)
    """Where its steps are told, if the operator sends e-mails."""
    language: Literal["", "zh", "en"] = ""
    """What the reporter reads; empty: the city's."""
    position: WebPosition | None = None
    pictures: list[_Base64] = Field(default_factory=list, max_length=MOST_PICTURES)
    """JPEG or PNG, in base64."""


class WebReceipt(BaseModel):
    """`number` and `code` together open the report's progress."""

    number: str
    code: str


class FollowRequest(BaseModel):
    number: str = Field(min_length=1, max_length=24)
    code: str = Field(min_length=1, max_length=16)


class WebStep(BaseModel):
    """`progress` is `declined` where no case was made of the report; `declined` then says why. `merged`: the
    case `case_number` goes on for the report's own.
    """

    at: datetime
    progress: CaseProgress | Literal["declined"]
    declined: DeclineReason | None = None
    case_number: str = ""


class WebProgress(BaseModel):
    """`case_number` is empty until an agent has filed the report."""

    number: str
    case_number: str
    received_at: datetime
    steps: list[WebStep]
    additions: int = 0
    stars: int | None = None
    """What it was rated with."""
    may_rate: bool = False


class AddRequest(FollowRequest):
    """`message_id` is a new UUID for each addition; send the same one again when no answer came."""

    message_id: UUID
    text: str = Field(default="", max_length=MOST_TEXT)
    pictures: list[_Base64] = Field(default_factory=list, max_length=MOST_PICTURES)
    """JPEG or PNG, in base64."""


class RateRequest(FollowRequest):
    """1 to 5 stars; `solved` is left out where the person does not say."""

    stars: int = Field(ge=1, le=BEST)
    solved: bool | None = None
    words: str = Field(default="", max_length=1000)


class PublicPageView(BaseModel):
    """What the page of the public offers."""

    takes_reports: bool
    nearby: bool
    hotline: str
    mails: bool = False
    """Whether who leaves an e-mail address is told there."""


class NearbyReportView(BaseModel):
    """An open case as everybody may see it; `others` said “me too”."""

    key: str
    category_zh: str
    category_en: str
    street: str
    step: CaseProgress
    received_at: datetime
    others: int


class NearbyList(BaseModel):
    """The nearest first."""

    reports: list[NearbyReportView]


class MeTooRequest(BaseModel):
    """`device` is an id that the page makes for this device and keeps."""

    device: UUID


class MeTooCount(BaseModel):
    others: int
