"""A report as every channel delivers it, and what the channel gets back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from cases.events import CaseProgress, DeclineReason
from core.place import Position

MOST_TEXT: Final = 4000
MOST_PLACE: Final = 200
MOST_MESSAGE_ID: Final = 128
MOST_ADDRESS: Final = 256
MOST_PICTURES: Final = 3
MOST_PICTURE_BYTES: Final = 2 * 1024 * 1024
MOST_PICTURES_IN_ALL: Final = 9
MOST_ADDITIONS: Final = 10
BEST: Final = 5
"""Stars of a report that was handled as well as can be; the least is 1."""


@dataclass(frozen=True, slots=True)
class CitizenReport:
    """`message_id` is the channel's own id of the message, up to 128 characters: what comes again with the
    same one is the same report. `text` are the citizen's words, up to 4,000 characters; `place` the address
    in words and `position` the point, where the citizen gave one. `pictures` are up to three JPEG or PNG
    files of at most 2 MiB each.

    `email` is an address for notices as `mail_address` gives it, and `language` what its owner reads, `zh` or
    `en`; both empty where not given.

    `category` is the class that the reporter chose, `scheme@version/code`; empty where nothing was chosen.
    `part_id` is the part of the register that it is about, 16 digits; empty where none was named.
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
    category: str = ""
    part_id: str = ""
    email: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class KnownAddress:
    """What an address id means: the address in words, and the part where it is one. `position` is a measured
    one, or None.
    """

    words: str
    position: Position | None = None
    part_id: str = ""


@dataclass(frozen=True, slots=True)
class ReportReceipt:
    """What the citizen is told: the report's number, and the code with which only the reporter follows it."""

    number: str
    code: str


@dataclass(frozen=True, slots=True)
class ReportAddition:
    """What a reporter adds to an own report: words up to 4,000 characters, or pictures, or both.
    `message_id` is the channel's own id of it: the same one again adds nothing.
    """

    message_id: str
    text: str = ""
    pictures: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class CitizenRating:
    """How the reporter rates a closed report: 1 to 5 stars, whether the problem is solved (None: not said),
    and words up to 1,000 characters.
    """

    stars: int
    solved: bool | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class ReportStep:
    """A step of a report. `declined` says why no case was made of it; empty for every other step.
    `case_number` is the case whose step it is; of the step `merged` the case that goes on. It is empty where
    no case is, and in steps that are older than this field.
    """

    at: datetime
    progress: CaseProgress | None
    declined: DeclineReason | None = None
    case_number: str = ""


@dataclass(frozen=True, slots=True)
class ReportProgress:
    """A report as its reporter sees it. `case_number` is empty until an agent files the report as a case."""

    number: str
    case_number: str
    received_at: datetime
    steps: tuple[ReportStep, ...] = ()
    additions: int = 0
    stars: int | None = None
    """What its reporter rated it with."""

    @property
    def progress(self) -> CaseProgress | None:
        """The last step; None where no case was made of it."""
        return self.steps[-1].progress if self.steps else CaseProgress.RECEIVED

    @property
    def may_rate(self) -> bool:
        """Whether its reporter may rate it: it is closed."""
        return self.progress is CaseProgress.CLOSED


@dataclass(frozen=True, slots=True)
class OwnReport:
    """A report of a channel's person, with the code that opens it."""

    progress: ReportProgress
    code: str


@dataclass(frozen=True, slots=True)
class NearbyQuery:
    """Open reports around a point, of all channels. `metres` at most 1,000."""

    lon: float
    lat: float
    metres: float = 300.0
    limit: int = 20


@dataclass(frozen=True, slots=True)
class NearbyReport:
    """A case of a report as everybody may see it: class, street and step, without words, number and point.
    `key` names it for "me too" alone; `others` are those who said so.
    """

    key: str
    category_zh: str
    category_en: str
    street: str
    step: CaseProgress
    received_at: datetime
    others: int


@dataclass(frozen=True, slots=True)
class ReportClass:
    """A class that reporters may choose; `group` is its major class, `conditions` what may be the matter."""

    ref: str
    code: str
    name_zh: str
    name_en: str
    group_zh: str
    group_en: str
    conditions: tuple[tuple[str, str], ...] = ()
    """Chinese and English."""


@dataclass(frozen=True, slots=True)
class PublicReport:
    """A report without words, reporter and code: what everybody may see. Its place is about 100 m exact.
    `street` is what an agent filed, empty before and where it is none; `due_at` the deadline of its case
    while the city works on it.
    """

    number: str
    category: str
    received_at: datetime
    updated_at: datetime
    step: ReportStep
    lon: float | None
    lat: float | None
    street: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PublicQuery:
    """Of one channel, received in `[since, until)`; `numbers` replaces all else. Newest first."""

    channel: str
    since: datetime
    until: datetime
    numbers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    closed: bool | None = None
    limit: int = 200
    offset: int = 0


@dataclass(frozen=True, slots=True)
class PublicStep:
    """One step of a public report, by the id under which it is told once."""

    step_id: UUID
    number: str
    step: ReportStep
