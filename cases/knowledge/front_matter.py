"""An article as a file: lines of `key: value` between two lines of three dashes, then Markdown.

This is no YAML: a value is the rest of its line, a list is parted by commas. Any bytes lead to an article or
to `ArticleInvalid` that names the line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Final

from cases.errors import ArticleInvalid
from cases.knowledge.content import LANGUAGES, Content, Language, checked_name, content

MOST_BYTES = 262_144
"""Bytes of one file."""
KEYS: Final = (
    "name", "language", "title", "tags", "categories", "districts", "valid_from", "valid_to",
)  # fmt: skip
_FENCE = "---"


@dataclass(frozen=True, slots=True)
class Article:
    """One language of an article: `name` and `language` together are what it is known by."""

    name: str
    language: Language
    content: Content


def parse(raw: bytes, *, hours: float = 8.0) -> Article:
    """The article in a file. `hours` is the centre's offset from UTC: a bare date is its day, and
    `valid_to` with a bare date holds through that day. Raises `ArticleInvalid`.
    """
    if len(raw) > MOST_BYTES:
        raise _wrong(0, f"the file has more than {MOST_BYTES} bytes")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _wrong(raw[: error.start].count(b"\n") + 1, "it is not UTF-8") from error
    head, body = _parted(text.replace("\r\n", "\n").replace("\r", "\n"))
    language = _needed(head, "language")
    if language not in LANGUAGES:
        raise _wrong(head["language"][0], f"language is one of: {', '.join(LANGUAGES)}")
    return Article(
        name=checked_name(_needed(head, "name")),
        language="zh" if language == "zh" else "en",
        content=content(
            title=_needed(head, "title"),
            body=body,
            tags=_list(head, "tags"),
            categories=_list(head, "categories"),
            districts=_list(head, "districts"),
            valid_from=_moment(head, "valid_from", hours, through=False),
            valid_to=_moment(head, "valid_to", hours, through=True),
        ),
    )


def render(article: Article) -> str:
    """The file that `parse` reads back as the same article."""
    kept = article.content
    lines = [
        f"name: {article.name}",
        f"language: {article.language}",
        f"title: {kept.title}",
        *(
            f"{key}: {', '.join(values)}"
            for key, values in (
                ("tags", kept.tags),
                ("categories", kept.categories),
                ("districts", kept.districts),
            )
            if values
        ),
        *(
            f"{key}: {moment.isoformat()}"
            for key, moment in (("valid_from", kept.valid_from), ("valid_to", kept.valid_to))
            if moment is not None
        ),
    ]
    return "\n".join([_FENCE, *lines, _FENCE, "", kept.body, ""])


Head = Mapping[str, tuple[int, str]]


def _parted(text: str) -> tuple[Head, str]:
    """Values with the numbers of their lines, and the body."""
    lines = text.split("\n")
    if lines[0].strip() != _FENCE:
        raise _wrong(1, f"the file begins with {_FENCE}")
    head: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(lines[1:], 2):
        if line.strip() == _FENCE:
            return head, "\n".join(lines[number:])
        key, colon, value = line.partition(":")
        key = key.strip()
        if not line.strip():
            continue
        if not colon or key not in KEYS:
            raise _wrong(number, f"a line is KEY: VALUE, a key is one of: {', '.join(KEYS)}")
        if key in head:
            raise _wrong(number, f"{key} stands twice")
        head[key] = (number, value.strip())
    raise _wrong(len(lines), f"no second {_FENCE}")


def _needed(head: Head, key: str) -> str:
    number, value = head.get(key, (1, ""))
    if not value:
        raise _wrong(number, f"{key} is missing")
    return value


def _list(head: Head, key: str) -> list[str]:
    value = head.get(key, (0, ""))[1]
    if value.startswith("[") and value.endswith("]"):
        value = value[1:-1]
    return value.split(",")


def _moment(head: Head, key: str, hours: float, *, through: bool) -> datetime | None:
    number, value = head.get(key, (0, ""))
    if not value:
        return None
    zone = timezone(timedelta(hours=hours))
    try:
        if len(value) == len("2026-01-01"):
            day = date.fromisoformat(value) + timedelta(days=1 if through else 0)
            return datetime(day.year, day.month, day.day, tzinfo=zone)
        moment = datetime.fromisoformat(value)
    except (ValueError, OverflowError) as error:
        raise _wrong(
            number, f"{key} is a date as 2026-01-31 or a moment as 2026-01-31T08:00+08:00"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _wrong(line: int, why: str) -> ArticleInvalid:
    return ArticleInvalid(f"line {line}: {why}", remedy="mend the line that is named", line=line)
