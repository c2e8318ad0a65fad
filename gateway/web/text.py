"""No NUL and no half of a surrogate pair gets past the web: PostgreSQL and UTF-8 can hold neither.

A dependency of the whole application, after the gate: it looks at the path, the query and a JSON body.
"""

from __future__ import annotations

import json
import re
from typing import Final

from starlette.requests import HTTPConnection, Request

from core.errors import Invalid

NUL: Final = "\x00"
PROVED: Final = "/api/feed-events/"
"""Below it a body is read only after its headers were, and judged only after its signature."""
_ESCAPED: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
"""What a body with such a character must contain; most that contain it are innocent."""


class BrokenText(Invalid):
    kind = "broken-text"
    title = "The request contains an invalid character"


async def whole_text(request: HTTPConnection) -> None:
    """Raises `BrokenText`."""
    if not isinstance(request, Request):  # a socket
        return
    asked = (text for pair in request.query_params.multi_items() for text in pair)
    if any(_is_broken(str(text)) for text in (*request.path_params.values(), *asked)):
        raise BrokenText(remedy="send text without NUL")
    if "json" in request.headers.get("content-type", "") and not request.scope["path"].startswith(PROVED):
        _check(await request.body())


def _check(body: bytes) -> None:
    if NUL.encode() not in body and not _ESCAPED.search(body):
        return
    try:
        text = json.dumps(json.loads(body), ensure_ascii=False)
    except (ValueError, RecursionError):
        return  # what is no JSON is refused as that
    # `dumps` escapes NUL again, and each backslash as well.
    if re.search(r"(?<!\\)(?:\\\\)*\\u0000", text) or _is_broken(text):
        raise BrokenText(remedy="send text without NUL and without halves of surrogate pairs")


def _is_broken(text: str) -> bool:
    return NUL in text or any("\ud800" <= sign <= "\udfff" for sign in text)
