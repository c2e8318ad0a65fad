"""Whose page has the phone: pure. A page is a tab of a browser (`page_id` outlives its reload); each time
that it is loaded it has another `load_id`, and what an earlier load had in hand is lost to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field

WORD: Final = r"^[A-Za-z0-9_-]{8,64}$"
PageWord = Annotated[str, Field(pattern=WORD)]


@dataclass(frozen=True, slots=True)
class PhoneClaim:
    """The page that has the phone of `agent_id` since then."""

    agent_id: str
    endpoint: str
    page_id: str
    load_id: str
    at: datetime


Verdict = Literal["same", "reloaded", "moved", "elsewhere"]


def judge(held: PhoneClaim | None, wish: PhoneClaim, *, registered: bool, take_over: bool) -> Verdict:
    """What a page's wish for the phone comes to.

    `same`: it has it already. `reloaded`: the same tab, loaded anew. `moved`: it gets it now. `elsewhere`:
    another page has it and is there (`registered`), and nobody has said that it shall be taken away.
    """
    if held is not None and (held.page_id, held.endpoint) == (wish.page_id, wish.endpoint):
        return "same" if held.load_id == wish.load_id else "reloaded"
    return "moved" if take_over or not registered else "elsewhere"
