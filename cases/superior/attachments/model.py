"""A letter of an order, and what kind of file some bytes are. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote
from uuid import UUID

PDF: Final = "application/pdf"
ENDINGS: Final = {PDF: "pdf", "image/jpeg": "jpg", "image/png": "png"}
MOST_NAME: Final = 120
_HEAD: Final = re.compile(rb"%PDF-[12]\.[0-9]")
_END: Final = b"%%EOF"
_LOOKED_FOR_END: Final = 2_048
_UNSAFE: Final = re.compile(r'[/\\:*?"<>|]')


@dataclass(frozen=True, slots=True)
class OrderAttachment:
    """`kind` is its media type, `size` and `sha256` those of the bytes as they are handed out. `path` and
    `key_id` say where they are kept, also of an erased one until its file is gone.
    """

    attachment_id: UUID
    case_id: UUID
    name: str
    kind: str
    size: int
    sha256: str
    added_at: datetime
    added_by: str
    added_by_name: str
    path: str = ""
    key_id: str = ""
    erased_at: datetime | None = None
    erased_by: str = ""

    @property
    def disposition(self) -> str:
        """Of the answer that hands it out: a file to keep, never a page (RFC 6266)."""
        plain = f"{self.attachment_id}.{ENDINGS[self.kind]}"
        return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(self.name, safe='')}"


def is_pdf(data: bytes) -> bool:
    """By its first bytes and its end (ISO 32000-1, 7.5); what is in it is not read."""
    return _HEAD.match(data) is not None and _END in data[-_LOOKED_FOR_END:]


def shown_name(given: str, kind: str) -> str:
    """The name of a file as it is kept: without folders, without characters that steer a terminal or turn
    text round, and ending as its content is.
    """
    last = given.replace("\\", "/").rpartition("/")[2]
    plain = "".join(one for one in last if unicodedata.category(one)[0] != "C")
    ending = ENDINGS[kind]
    stem = _UNSAFE.sub("", plain).strip(" .")
    for known in (*ENDINGS.values(), "jpeg"):
        if stem.lower().endswith(f".{known}"):
            stem = stem[: -len(known) - 1].strip(" .")
            break
    return f"{(stem or 'letter')[: MOST_NAME - len(ending) - 1]}.{ending}"
