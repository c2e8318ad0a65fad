"""The pieces of a text that a trained classifier counts.

`letters` are short runs of characters, in English also words that mean something: what a clause is about.
`phrases` are runs of words, the small ones too, in Chinese of characters: how somebody talks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Literal, get_args

from cases.catalogue.words import Language
from cases.gazetteer.sound import is_chinese

Wording = Literal["letters", "phrases"]
WORDINGS: tuple[Wording, ...] = get_args(Wording)
_RUN_ZH = re.compile(r"[\u3400-\u9fff]+|[a-z]+")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
LONGEST_ZH = 3
PIECE_EN = (3, 4, 5)
PHRASE_EN = 3
_COMMON_EN = frozenset(
    (
        "a", "an", "the", "is", "are", "was", "were", "be", "been", "i", "my", "me", "we", "our",
        "you", "your", "he", "she", "it", "its", "they", "their", "this", "that", "these", "those",
        "of", "to", "and", "in", "on", "at", "for", "with", "so", "very", "there", "here",
    )
)  # fmt: skip


def features(text: str, language: Language, wording: Wording = "letters") -> list[str]:
    """Each piece once. Punctuation, digits and masked characters separate and never count."""
    return list(dict.fromkeys(_zh(text) if language == "zh" else _EN[wording](text)))


def _zh(text: str) -> list[str]:
    out: list[str] = []
    for run in _RUN_ZH.findall(text):
        if not is_chinese(run):
            out.append(run)
            continue
        for size in range(1, LONGEST_ZH + 1):
            out.extend(run[at : at + size] for at in range(len(run) - size + 1))
    return out


def _en(text: str) -> list[str]:
    words = _WORD.findall(text)
    out: list[str] = []
    for word in words:
        if word in _COMMON_EN:
            continue
        out.append(word)
        padded = f" {word} "
        for size in PIECE_EN:
            out.extend(padded[at : at + size] for at in range(len(padded) - size + 1))
    meant = [word for word in words if word not in _COMMON_EN]
    out.extend(f"{one} {two}" for one, two in pairwise(meant))
    return out


def _phrases_en(text: str) -> list[str]:
    words = _WORD.findall(text)
    return [
        " ".join(words[at : at + size])
        for size in range(1, PHRASE_EN + 1)
        for at in range(len(words) - size + 1)
    ]


_EN: Mapping[Wording, Callable[[str], list[str]]] = {"letters": _en, "phrases": _phrases_en}
