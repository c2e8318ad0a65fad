"""An event as a feed posts it. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, Field

from core.models import Frozen

MOST_PICTURES: Final = 3
MOST_PICTURE_BYTES: Final = 2 * 1024 * 1024
MOST_PICTURE_TEXT: Final = MOST_PICTURE_BYTES * 4 // 3 + 128
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2100


def _plain(text: str) -> str:
    """Without control characters. Raises `ValueError` for what no database takes."""
    text.encode("utf-8")  # a lone surrogate has no bytes
    return "".join(" " if char in "\t\r\n\x85\u2028\u2029" else char for char in text if _shows(char)).strip()


def _shows(char: str) -> bool:
    return char in "\t\r\n\x85" or not (char < " " or "\x7f" <= char <= "\x9f")


def _some(text: str) -> str:
    if not text:
        raise ValueError("it is empty")
    return text


def _time(at: datetime) -> datetime:
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise ValueError("it is no time of ours")
    return at.astimezone(UTC)


PlainText = AfterValidator(_plain)


class FeedEvent(Frozen):
    """`event_id` is the source's own id of it: the same one again is the same event. `occurred_at` has a
    zone; `lon` and `lat` are WGS-84 degrees. `pictures` are `http(s)://` addresses within the networks of the
    settings, or JPEG or PNG in base64, of at most 2 MiB each. Fields that are not named here are left out.
    """

    event_id: Annotated[str, Field(min_length=1, max_length=128), PlainText, AfterValidator(_some)]
    occurred_at: Annotated[AwareDatetime, AfterValidator(_time)]
    kind: Annotated[str, Field(max_length=64), PlainText] = ""
    text: Annotated[str, Field(max_length=2000), PlainText] = ""
    place: Annotated[str, Field(max_length=160), PlainText] = ""
    lon: float | None = Field(default=None, ge=-180, le=180)
    lat: float | None = Field(default=None, ge=-85, le=85)
    plate: Annotated[str, Field(max_length=16), PlainText] = ""
    pictures: tuple[Annotated[str, Field(max_length=MOST_PICTURE_TEXT), PlainText], ...] = Field(
        default=(), max_length=MOST_PICTURES
    )


FIELDS: Final = frozenset(FeedEvent.model_fields)
