"""Which numbers are ever called back: pure. Emergency, service, premium and satellite numbers never are;
foreign ones only where the operator wants it (a call that rings once and is called back costs).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from core.numbers import PhoneNumber, read

MOST_KEYS: Final = 10_000
_KINDS: Final = frozenset({"mobile", "fixed"})


def reachable(text: str, area_code: str, *, international: bool = False) -> PhoneNumber | None:
    """The number in `text` with its E.164 form, if it may be called back."""
    number = read(text, area_code=area_code)
    if number is None or not number.e164:
        return None
    allowed = number.kind in _KINDS or (number.kind == "international" and international)
    return number if allowed else None


def keys(area_code: str) -> Callable[[str], str]:
    """A function that gives the same for the same telephone, however it was written; empty for a withheld
    number.

    The last ones are remembered: the same callers are asked for again and again while they wait.
    """

    def key(text: str) -> str:
        number = read(text, area_code=area_code)
        return "" if number is None else number.key

    return lru_cache(maxsize=MOST_KEYS)(key)
