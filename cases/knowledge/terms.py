"""Text cut into the terms by which articles are found: Chinese words and what they are made of, Latin words
by their stem, and how Chinese words sound. Any text is data: there is no query syntax.

The dictionary is jieba's, cut as the catalogue cuts it (`cases.catalogue.common`), so that both read alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import yaml

from cases.catalogue.common import CommonWords
from cases.drafting.script import simplified
from cases.gazetteer.sound import syllables

Kind = Literal["word", "part", "pair", "char", "latin"]
SOUND, FACET = "~", "#"
"""First characters of a term that is a sound or a class: no word begins with them."""
MOST_TERM = 64
_HAN = "\u3400-\u9fff"
_RUN = re.compile(f"[{_HAN}]+|[^\\W_{_HAN}]+")
_CHINESE = re.compile(f"[{_HAN}]")


@dataclass(frozen=True, slots=True)
class Token:
    """A term and the characters `start` up to `end` that it came from."""

    term: str
    start: int
    end: int
    kind: Kind

    @property
    def sound(self) -> str | None:
        """The same word by its sound; None where a sound says too little."""
        if self.kind not in {"word", "part", "pair"}:
            return None
        return (SOUND + "".join(syllables(self.term)))[:MOST_TERM]


def facet(category: str) -> str:
    """The term of a class."""
    return (FACET + category)[:MOST_TERM]


class _Folding(dict[int, str]):
    """One character for one: compatibility forms and capitals as plain small ones. Filled as it is used."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        plain = unicodedata.normalize("NFKC", char).casefold()
        self[code] = found = plain if len(plain) == 1 else char
        return found


_FOLDING = _Folding()


def folded(text: str) -> str:
    """The text as it is compared: the same length, so that positions stay what they are."""
    return simplified(text.translate(_FOLDING))


class Segmenter:
    def __init__(self, common: CommonWords) -> None:
        self._common = common
        self._stop = stop_words()

    def tokens(self, text: str) -> list[Token]:
        """The terms of a text, in order; words that stand in any talk are left out."""
        plain = folded(text)
        out: list[Token] = []
        for run in _RUN.finditer(plain):
            if _CHINESE.match(run[0]):
                out.extend(self._chinese(run[0], run.start()))
            elif (word := run[0]) not in self._stop:
                out.append(Token(stem(word)[:MOST_TERM], run.start(), run.end(), "latin"))
        return out

    def _chinese(self, run: str, offset: int) -> Iterator[Token]:
        at = 0
        alone = ""
        for end in (*self._common.ends(run), len(run)):
            word = run[at:end]
            if len(word) == 1:
                alone += word
            else:
                yield from self._singles(alone, offset + at - len(alone))
                alone = ""
                if word:
                    yield from self._word(word, offset + at)
            at = end

    def _word(self, word: str, at: int) -> Iterator[Token]:
        if word in self._stop:
            return
        yield Token(word, at, at + len(word), "word")
        for size in range(2, len(word)):
            for start in range(len(word) - size + 1):
                part = word[start : start + size]
                if self._common.is_one(part) and part not in self._stop:
                    yield Token(part, at + start, at + start + size, "part")

    def _singles(self, chars: str, at: int) -> Iterator[Token]:
        """Characters that form no known word: each, and each two side by side."""
        for index, char in enumerate(chars):
            if char not in self._stop:
                yield Token(char, at + index, at + index + 1, "char")
            pair = chars[index : index + 2]
            if len(pair) == 2 and not (pair[0] in self._stop and pair[1] in self._stop):
                yield Token(pair, at + index, at + index + 2, "pair")


@lru_cache(maxsize=1)
def stop_words() -> frozenset[str]:
    """Words that are neither kept nor asked for."""
    table = _words()
    return frozenset((*table["zh"].split(), *table["en"].split()))


@lru_cache(maxsize=1)
def no_reasons() -> frozenset[str]:
    """Terms that are found, and are no reason to suggest anything."""
    return frozenset(stem(word) for word in _words()["no_reason"].split())


def _words() -> dict[str, str]:
    table: dict[str, str] = yaml.safe_load((Path(__file__).parent / "stop.yaml").read_text(encoding="utf-8"))
    return table


_ENDINGS: Sequence[tuple[str, str, int]] = (
    ("ies", "y", 5), ("sses", "ss", 5), ("ing", "", 6), ("ed", "", 5), ("es", "e", 5), ("s", "", 4),
)  # fmt: skip


@lru_cache(maxsize=4096)
def stem(word: str) -> str:
    """A Latin word without its commonest English endings: `heating`, `heated` and `heats` are `heat`."""
    for ending, instead, least in _ENDINGS:
        if len(word) >= least and word.endswith(ending) and not (ending == "s" and word.endswith("ss")):
            word = word.removesuffix(ending) + instead
            break
    return word[:-1] if len(word) > 4 and word.endswith("e") else word
