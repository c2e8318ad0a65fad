"""What every story of the centre has: chapters, and a word that must hold."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any, Protocol
from uuid import uuid4

from tests.demo.report import Line
from tests.peers.program import PeerFailed
from tests.peers.songhua import Visitor

Facts = dict[str, Any]
Chapter = tuple[Line, Callable[[Facts], None]]


class CentreStory(Protocol):
    def chapters(self) -> list[Chapter]:
        """In their order; each fills in what it saw."""
        ...


def must(holds: object, what: str) -> None:
    if not holds:
        raise PeerFailed(what)


def op(**body: Any) -> dict[str, Any]:
    return {"op_id": str(uuid4()), **body}


def refused(who: Visitor, path: str, body: dict[str, Any], kind: str) -> str:
    """Ask for what must not be done; the answer's status and kind."""
    try:
        who.post(path, body)
    except PeerFailed as error:
        must(": 403 " in str(error) and kind in str(error), str(error))
        return f"403 {kind}"
    raise PeerFailed(f"{path} was allowed")


def bring(address: str, who: Visitor, path: str, data: bytes, kind: str) -> dict[str, Any]:
    """Post bytes that are no JSON, of this media type."""
    headers = {"Cookie": who.cookie, "X-Songhua": "1", "Content-Type": kind}
    with urllib.request.urlopen(urllib.request.Request(address + path, data, headers), timeout=20) as answer:
        return dict(json.load(answer))
