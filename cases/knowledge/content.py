"""What an article says and where it holds: cleaned, bounded, and known by its hash.

The body is Markdown and is kept as it was written. Nothing here renders it: whoever shows it escapes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal

from cases.errors import ArticleInvalid

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

MOST_TITLE = 200
MOST_BODY = 20_000
"""Characters of a body; what is longer is several articles."""
MOST_TAGS, MOST_TAG = 16, 40
MOST_REFERENCES = 40
"""Classes, and districts, that one article may name."""
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
MOST_NAME = 60
_CATEGORY = re.compile(r"[a-z0-9.]+@[0-9a-z.]+/[A-Z0-9]+")
_DISTRICT = re.compile(r"\d{6}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Content:
    """One version's words. `categories` are `scheme@version/code`, `districts` six-digit codes; without
    districts it holds everywhere. It holds from `valid_from` on and before `valid_to`; None is no bound.
    """

    title: str
    body: str
    tags: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of everything that the version says: two versions with the same one are the same."""
        return sha256(
            json.dumps(
                [
                    self.title,
                    self.body,
                    self.tags,
                    self.categories,
                    self.districts,
                    _moment(self.valid_from),
                    _moment(self.valid_to),
                ],
                ensure_ascii=False,
            ).encode()
        ).hexdigest()


def content(
    *,
    title: str,
    body: str,
    tags: Iterable[str] = (),
    categories: Iterable[str] = (),
    districts: Iterable[str] = (),
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> Content:
    """The content, cleaned of what no text needs. Raises `ArticleInvalid`, which names the field."""
    made = Content(
        title=_line(title),
        body=_text(body),
        tags=_each("tags", tags, MOST_TAGS),
        categories=_each("categories", categories, MOST_REFERENCES, _CATEGORY),
        districts=_each("districts", districts, MOST_REFERENCES, _DISTRICT),
        valid_from=None if valid_from is None else _aware("valid_from", valid_from),
        valid_to=None if valid_to is None else _aware("valid_to", valid_to),
    )
    if not made.title or len(made.title) > MOST_TITLE:
        raise _invalid("title", f"a title of 1 to {MOST_TITLE} characters is needed")
    if not made.body.strip() or len(made.body) > MOST_BODY:
        raise _invalid("body", f"a text of 1 to {MOST_BODY} characters is needed")
    if any(len(tag) > MOST_TAG for tag in made.tags):
        raise _invalid("tags", f"a tag has at most {MOST_TAG} characters")
    if made.valid_from and made.valid_to and made.valid_to <= made.valid_from:
        raise _invalid("valid_to", "it ends before it begins")
    return made


def checked_name(name: str) -> str:
    """The name that an article keeps for ever. Raises `ArticleInvalid`."""
    if len(name) > MOST_NAME or NAME.fullmatch(name) is None:
        raise _invalid("name", f"a name has a-z, 0-9 and single dashes, at most {MOST_NAME} of them")
    return name


def _line(text: str) -> str:
    """One line: no control characters, single spaces."""
    return " ".join(_CONTROL.sub(" ", text).split())


def _text(text: str) -> str:
    # Blanks at the end of a line stay: in Markdown two of them break the line.
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")


def _each(
    field: str, given: Iterable[str], most: int, shape: re.Pattern[str] | None = None
) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(line for one in given if (line := _line(one))))
    if len(found) > most:
        raise _invalid(field, f"at most {most}")
    for one in found:
        if shape is not None and shape.fullmatch(one) is None:
            raise _invalid(field, f"not understood: {one[:80]!r}")
        if shape is None and set(",[]\n") & set(one):
            raise _invalid(field, "a comma or bracket parts them, it cannot stand in one")
    return found


def _aware(field: str, moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise _invalid(field, "say the time zone too")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise _invalid(field, "no such moment") from error


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _invalid(field: str, why: str) -> ArticleInvalid:
    return ArticleInvalid(f"{field}: {why}", remedy="mend the field that is named", field=field)
