"""The words by which a case is found: pure.

Chinese has no spaces and its words are mostly of two characters, which trigram indexes cannot look up. So a
run of Chinese is indexed by its pairs, everything else by words; a longer question asks for all of its pairs.
What a list is filtered by is a term too, so that an index of terms answers words and filters at once.

Numbers as long as a telephone's are left out: nobody is found by one, and an erased one leaves nothing here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2s
from typing import Final

VERSION: Final = 2
"""Rises when the terms of a case change: cases with an older version are indexed anew."""
MOST_TERMS: Final = 24
"""Terms of a question that are looked at."""
LEAST_PREFIX: Final = 3
LEAST_DIGITS: Final = 5
"""Digits of a case's number that tell it from house numbers: its sequence."""
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_RUNS = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_IS_HAN = re.compile(rf"[{_HAN}]")
_PRIVATE = re.compile(r"\d(?:[\s.-]?\d){6,}")
_MOST_LETTERS = 40


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a question; `prefix` where any term that begins with it will do, `word` where a whole one is
    better.
    """

    text: str
    prefix: bool = False
    word: bool = False


def facet(name: str, value: str) -> str:
    """The term of a filter. Values are digests: whatever they hold, they are one term and never a word's."""
    return f"{name}:{blake2s(value.encode(), digest_size=6).hexdigest()}"


def number_term(number: str) -> str:
    """A case number from its end: people name its last digits."""
    return f"end:{number[::-1]}"


def words_of(texts: Iterable[str | None]) -> set[str]:
    """Every term of these texts."""
    out: set[str] = set()
    for text in texts:
        for run in _RUNS.findall(_PRIVATE.sub(" ", _folded(text or ""))):
            if _IS_HAN.match(run):
                out.update(run)
                out.update(run[at : at + 2] for at in range(len(run) - 1))
            else:
                out.add(run[:_MOST_LETTERS])
    return out


def asked(text: str) -> tuple[tuple[Term, ...], ...]:
    """The terms of a question: one of each group must be there. Nothing without letters or digits."""
    groups: dict[tuple[Term, ...], None] = {}
    for run in _RUNS.findall(_folded(text)):
        if not _IS_HAN.match(run):
            groups[_word(run[:_MOST_LETTERS])] = None
        elif len(run) == 1:
            groups[Term(run),] = None
        else:
            groups.update(((Term(run[at : at + 2]),), None) for at in range(len(run) - 1))
    return tuple(groups)[:MOST_TERMS]


def _word(run: str) -> tuple[Term, ...]:
    """Of digits, those that begin or end the number of a case; of letters, those that begin a word."""
    if not (run.isascii() and run.isdigit()):
        return (Term(run, prefix=len(run) >= LEAST_PREFIX, word=True),)
    if len(run) < LEAST_DIGITS:
        return (Term(run),)
    return (Term(run, prefix=len(run) > LEAST_DIGITS), Term(number_term(run), prefix=True))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
