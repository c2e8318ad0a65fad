"""The description: the citizen's own words with fillers and repetitions removed, nothing added.

His call-back number and name stand in fields of their own and are left out here: units read it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache

from cases.catalogue.words import SpeechWords
from cases.drafting.model import PERSONAL_FIELDS, Evidence, SegmentFindings
from cases.gazetteer.sound import is_chinese

MAX_CHARS = 1000
_SPACES = re.compile(r"\s+")
_STUTTER = re.compile(r"([\u3400-\u9fff]{1,3})(?:[\s，,]*\1)+")
_PAUSES = re.compile(r"[\s，,]")
_EDGES = " ，,。.、？?！!"


def describe(heard: Sequence[SegmentFindings], words: SpeechWords) -> tuple[str, tuple[Evidence, ...]]:
    """The text and the segments that it is made of; empty when the citizen said nothing of substance."""
    parts: list[str] = []
    evidence: list[Evidence] = []
    length = 0
    personal = _personal(heard)
    for item in heard:
        segment = item.segment
        if segment.speaker != "citizen":
            continue
        cleaned = clean(_without(segment.text, personal.get(segment.segment_id, ())), words)
        if not cleaned or length + len(cleaned) > MAX_CHARS:
            continue
        parts.append(cleaned)
        length += len(cleaned)
        evidence.append(Evidence(segment_id=segment.segment_id, start=0, end=len(segment.text)))
    joiner = "，" if any(map(is_chinese, parts)) else ". "
    return joiner.join(parts), tuple(evidence)


def _personal(heard: Sequence[SegmentFindings]) -> dict[str, set[tuple[int, int]]]:
    """Where call-back numbers and names stand, by segment."""
    spans: dict[str, set[tuple[int, int]]] = {}
    for item in heard:
        for name in PERSONAL_FIELDS:
            for candidate in item.of(name):
                for piece in candidate.evidence:
                    spans.setdefault(piece.segment_id, set()).add((piece.start, piece.end))
    return spans


def _without(text: str, spans: Collection[tuple[int, int]]) -> str:
    """The text with a pause in place of each span; spans may overlap."""
    if not spans:
        return text
    kept = list(text)
    for start, end in spans:
        kept[start:end] = " " * len(kept[start:end])
    return "".join(kept)


def clean(text: str, words: SpeechWords) -> str:
    """One segment without fillers; bare assent and greetings leave nothing."""
    if is_chinese(text):
        return _clean_zh(text, words.fillers.zh, words.assent.zh)
    return _clean_en(text, words.fillers.en, words.assent.en)


@lru_cache(maxsize=4096)
def _clean_zh(text: str, fillers: tuple[str, ...], assent: tuple[str, ...]) -> str:
    bare = text.strip(_EDGES)
    if bare in assent or bare in fillers:
        return ""
    out = _zh_fillers(fillers).sub(" ", text)
    out = _STUTTER.sub(_once, out)
    return _SPACES.sub(" ", out).replace(" ", "，").strip(_EDGES).replace("，，", "，")


@lru_cache(maxsize=4096)
def _clean_en(text: str, fillers: tuple[str, ...], assent: tuple[str, ...]) -> str:
    bare = text.strip(_EDGES).casefold()
    if bare in assent or bare in fillers:
        return ""
    out = _en_fillers(fillers).sub(" ", text)
    return re.sub(r"\s+([,.?!])", r"\1", _SPACES.sub(" ", out)).strip(" ,.")


def _once(match: re.Match[str]) -> str:
    """Said twice in a row is a word or a stress (天天, 轰隆轰隆); with a pause, or three times, a stutter."""
    piece = match[1]
    pause = len(_PAUSES.sub("", match[0])) != len(match[0])
    repeated = len(_PAUSES.sub("", match[0])) // len(piece)
    return piece if pause or repeated > 2 else match[0]


@lru_cache(maxsize=4)
def _zh_fillers(fillers: tuple[str, ...]) -> re.Pattern[str]:
    """A one-character filler counts only between pauses, so that no word loses its first character."""
    long = [re.escape(word) for word in sorted(fillers, key=len, reverse=True) if len(word) > 1]
    short = "".join(re.escape(word) for word in fillers if len(word) == 1)
    return re.compile(rf"(?:^|(?<=[\s，,。]))(?:(?:{'|'.join(long)})+|[{short}]+(?=$|[\s，,。]))")


@lru_cache(maxsize=4)
def _en_fillers(fillers: tuple[str, ...]) -> re.Pattern[str]:
    certain = [word for word in fillers if word in {"um", "uh", "er", "erm"}]
    opening = [re.escape(word) for word in fillers if word not in certain]
    return re.compile(
        rf"^(?:(?:{'|'.join(opening)})\b[\s,.!]*)+|\b(?:{'|'.join(certain)})\b,?", re.IGNORECASE
    )
