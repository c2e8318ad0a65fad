"""Whether two dialplan patterns hold a common number. Pure."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Final

_SIGN: Final = re.compile(r"\[[^\]]*\]|[.!]|.")
_CLASSES: Final = {"X": frozenset("0123456789"), "Z": frozenset("123456789"), "N": frozenset("23456789")}
_ANY: Final = _CLASSES["X"]


def overlap(one: str, other: str) -> bool:
    """Both as Asterisk writes them: `_1[3-9]XXXXXXXXX`, `_95XXXX!`."""
    (first, open_first), (second, open_second) = _places(one), _places(other)
    for left, right in zip_longest(first, second):
        if left is None or right is None:
            return open_first if left is None else open_second
        if not left & right:
            return False
    return True


def _places(pattern: str) -> tuple[list[frozenset[str]], bool]:
    """The digits of each place, and whether more may follow."""
    found: list[frozenset[str]] = []
    for sign in _SIGN.findall(pattern.removeprefix("_") if pattern.startswith("_") else pattern):
        if sign in {".", "!"}:
            return ([*found, _ANY] if sign == "." else found), True
        if sign.startswith("["):
            found.append(_set(sign[1:-1]))
        else:
            found.append(_CLASSES.get(sign, frozenset(sign)))
    return found, False


def _set(signs: str) -> frozenset[str]:
    digits: set[str] = set()
    for first, last in re.findall(r"([0-9])(?:-([0-9]))?", signs):
        digits.update(str(one) for one in range(int(first), int(last or first) + 1))
    return frozenset(digits)
