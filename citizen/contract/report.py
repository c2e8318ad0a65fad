"""A report as every channel delivers it, and what the channel gets back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cases.events import CaseProgress, DeclineReason
from core.place import Position

MOST_TEXT: Final = 2000
MOST_PLACE: Final = 200
MOST_MESSAGE_ID: Final = 128
MOST_ADDRESS: Final = 256
MOST_PICTURES: Final = 3
MOST_PICTURE_BYTES: Final = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class CitizenReport:
    """`message_id` is the channel's own id of the message, up to 128 characters: what comes again with the
    same one is the same report. `text` are the citizen's words, up to 2,000 characters; `place` the address
    in words and `position` the point, where the citizen gave one. `pictures` are up to three JPEG or PNG
    files of at most 2 MiB each.

    `reporter` is where the channel sends answers (an openid, a number, an address), empty where it sends
    none. `phone` is the number for a call back, empty without one.
    """

    message_id: str
    text: str
    received_at: datetime
    reporter: str = ""
    phone: str = ""
    place: str = ""
    position: Position | None = None
    pictures: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportReceipt:
    """What the citizen is told: the report's number, and the code with which only the reporter follows it."""

    number: str
    code: str


@dataclass(frozen=True, slots=True)
class ReportStep:
    """A step of a report. `declined` says why no case was made of it; empty for every other step."""

    at: datetime
    progress: CaseProgress | None
    declined: DeclineReason | None = None


@dataclass(frozen=True, slots=True)
class ReportProgress:
    """A report as its reporter sees it. `case_number` is empty until an agent files the report as a case."""

    number: str
    case_number: str
    received_at: datetime
    steps: tuple[ReportStep, ...] = ()
