"""API tokens at the edge: how one is recognised in a request, and by which one the present request acts.

A token stands in `Authorization: Bearer sgh_…`. A page of another site cannot send that header, so such a
request needs no other proof of its origin, and its cookies are not looked at.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from typing import Final, Protocol

PREFIX: Final = "sgh_"
"""With it a secret scanner finds a token that stands where it should not: `sgh_[A-Za-z0-9]{40}`."""
_BEARER: Final = re.compile(rf"(?i:bearer) +({PREFIX}\S*)\s*")

acting_by: Final[ContextVar[str]] = ContextVar("acting_by", default="")
"""The name and id of the token by which the present request acts; empty for a person at a desk."""


class Headers(Protocol):
    def get(self, key: str, /) -> str | None:
        """The header's value; None when it is absent. Names are not case-sensitive."""
        ...


def api_token(headers: Headers) -> str:
    """The API token of a request, right or wrong; empty where there is none."""
    found = _BEARER.fullmatch(headers.get("authorization") or "")
    return found.group(1) if found else ""
