"""Rules for passwords (ASVS 5, 6.2): length, and not among those that guessers try first.

No rule asks for kinds of characters, and none for a change from time to time. `common.txt` holds words, and a
password is refused when hardly anything is left of it without them. `breached.txt` holds digests of the most
frequent passwords of breaches that are long enough.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

from identity.errors import WeakPassword

SHORTEST = 10
LONGEST = 256
ADVISED = 15
_OWN = 4
"""Letters that must be left; a Chinese character counts as two."""
_DISTINCT = 5
_DIGITS = 12
"""Of a digest in `breached.txt`."""
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "01234567890",
    "1qaz2wsx3edc4rfv5tgb6yhn", "!@#$%^&*()", "qazwsxedcrfvtgbyhnujm",
)  # fmt: skip
_READ_AS = str.maketrans("013457@$!|", "oleastasil")


def check_password(password: str, user_id: str, name: str = "", words: Iterable[str] = ()) -> str:
    """The password as hashed (NFKC). Raises `WeakPassword` and says what is wrong.

    `words`: what a guesser of this place tries first, besides the person's names.
    """
    plain = unicodedata.normalize("NFKC", password)
    if len(plain) < SHORTEST:
        raise _weak("short", f"a password needs at least {SHORTEST} characters")
    if len(plain) > LONGEST:
        raise _weak("long", f"a password has at most {LONGEST} characters")
    small = plain.lower()
    if user_id and user_id in small:
        raise _weak("name", "a password must not contain the user name")
    if re.sub(r"[\s./:_-]", "", small).isdigit():
        raise _weak("digits", "digits alone are guessed: no dates, no telephone numbers")
    if len(set(small)) < _DISTINCT or _is_repeated(small):
        raise _weak("repeats", "this repeats itself")
    if _is_sequence(small):
        raise _weak("sequence", "this is a sequence of the alphabet or the keyboard")
    found, left = _without(small, [*_common(), *_parts(name), *_parts(user_id), *words])
    if found and left < _OWN:
        raise _weak("common", "this is a word that is guessed first (a common password, a name, the place)")
    if hashlib.sha256(small.encode()).hexdigest()[:_DIGITS] in breached():
        raise _weak("common", "this is one of the passwords that are guessed first: many people had it")
    return plain


def _weak(rule: str, why: str) -> WeakPassword:
    """`rule` says it to programs."""
    remedy = f"take several words that do not belong together, {ADVISED} characters or more"
    return WeakPassword(why, remedy=remedy, rule=rule)


@cache
def _common() -> tuple[str, ...]:
    return tuple(_lines("common.txt"))


@cache
def breached() -> frozenset[str]:
    """Beginnings of the SHA-256 of passwords in small letters."""
    return frozenset(_lines("breached.txt"))


def _lines(name: str) -> Iterator[str]:
    text = files("identity.passwords").joinpath(name).read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return (line for line in lines if line and not line.startswith("#"))


def _parts(name: str) -> list[str]:
    return [part for part in re.split(r"[\s._-]+", name.lower()) if len(part) > 1]


def _is_repeated(text: str) -> bool:
    """Whether the password repeats one piece of up to five characters."""
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, 6))


def _is_sequence(text: str) -> bool:
    """Hardly anything but neighbours of the alphabet, the digits or the keyboard, forwards or backwards."""
    rows = [row * 2 for row in _ROWS]
    rows += [row[::-1] for row in rows]
    pairs = sum(any(text[at : at + 2] in row for row in rows) for at in range(len(text) - 1))
    return pairs >= len(text) - 2


def _without(text: str, words: Iterable[str]) -> tuple[bool, int]:
    """Whether one of `words` stands in the text, and how many letters are left without them all."""
    found = False
    longest_first = sorted({word.lower() for word in words if word}, key=len, reverse=True)
    readings = []
    for reading in (text, text.translate(_READ_AS)):
        rest = reading
        for word in longest_first:
            if word in rest:
                found = True
                rest = rest.replace(word, " ")
        readings.append(sum(2 if ord(one) > 0x2E80 else 1 for one in rest if one.isalpha()))
    return found, min(readings)
