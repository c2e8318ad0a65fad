"""Numbers on poles, manholes and boxes, as they are read out: HX-1023 · 雨，零七三九 · S B two one five."""

from __future__ import annotations

import re

from cases.catalogue.fields import AssetKind, DetailWords
from cases.drafting.details.found import found
from cases.drafting.model import FieldCandidate, FieldName
from cases.drafting.spans import Passage
from core.digits import DigitRun, runs

LONGEST = 8
NEAR = 30
_LATIN_ZH = re.compile(r"(?<![A-Za-z])([A-Za-z](?:[\s.\-]?[A-Za-z]){0,3})[\s，,\-]*$")
_LATIN_EN = re.compile(r"\b([A-Za-z](?:[\s.\-]+[A-Za-z]\b){1,3}|[A-Z]{1,4})[\s,\-]*$")
_MARK_ZH = re.compile(r"(雨|污|电|水|热|燃|信|通)[\s，,]*$")
_NAMED_ZH = re.compile(r"(?:[是为叫：:，,\s]|^)([\u3400-\u9fff]{2,3})$")
_FILLED = re.compile(r"[\s，,：:、]*(?:[嗯呃啊哎][\s，,]*|那个[\s，,]*)*$")
_AFTER_ZH = re.compile(r"\s*[号號](?=灯杆|电杆|电线杆|杆|井|变压器|箱)")
_HOUSE = re.compile(r"\s*[号號](?!灯杆|电杆|电线杆|杆|井|变压器|箱)")
_NO_WORDS = frozenset({"a", "i", "o", "number", "no"})


class AssetReader:
    def __init__(self, words: DetailWords) -> None:
        self._kinds = words.assets
        self._cues = words.asset_cues
        self._none = words.phone

    def find(self, passage: Passage, asked: str = "") -> list[FieldCandidate]:
        """Numbers with letters or a word for what carries them; house and telephone numbers are none."""
        out: list[FieldCandidate] = []
        for run in runs(passage.text, passage.language):
            if len(run.digits) > LONGEST or _HOUSE.match(passage.text, run.end):
                continue
            start, code = self._with_prefix(passage, run)
            lettered = code[0].isascii() and code[0].isalpha()
            named = _AFTER_ZH.match(passage.text, run.end)
            near = passage.text[max(0, start - NEAR) : start]
            if not self._is_code(passage, code, near, asked, named=named is not None, lettered=lettered):
                continue
            around = passage.text[max(0, start - NEAR) : run.end + 6]
            kind = self._kind(around, passage.text, asked)
            out += found(passage, FieldName.ASSET, (start, run.end), code, 0.85, {"kind": kind})
        return out

    def _is_code(
        self, passage: Passage, code: str, near: str, asked: str, *, named: bool, lettered: bool
    ) -> bool:
        digits = sum(char.isdigit() for char in code)
        if digits < 2 or (digits < 3 and not (lettered or named)):
            return False
        folded = near.casefold()
        cues, things = self._cues.of(passage.language), self._things(passage)
        cue = max((folded.rfind(word) for word in cues), default=-1)
        if (
            max((folded.rfind(word) for word in self._none.of(passage.language)), default=-1) > cue
            and not named
        ):
            return False
        cued = named or cue >= 0
        thing = any(word in passage.text.casefold() for word in things)
        return (cued and thing) or (
            (lettered or cued) and any(word in asked.casefold() for word in (*things, *self._all()))
        )

    def _things(self, passage: Passage) -> tuple[str, ...]:
        return tuple(word for row in self._kinds.values() for word in row.of(passage.language))

    def _all(self) -> tuple[str, ...]:
        return tuple(word for row in self._kinds.values() for word in (*row.zh, *row.en))

    @staticmethod
    def _with_prefix(passage: Passage, run: DigitRun) -> tuple[int, str]:
        """Where the number begins with its letters, and the number as it is written."""
        text, digits = passage.text, run.digits
        if passage.language == "en":
            latin = _LATIN_EN.search(text[: run.start])
            if latin is not None and latin[1].casefold() not in _NO_WORDS:
                return latin.start(1), _letters(latin[1]) + _dash(text, run) + digits
            return run.start, digits
        latin = _LATIN_ZH.search(text[: run.start])
        if latin is not None:
            return latin.start(1), _letters(latin[1]) + _dash(text, run) + digits
        mark = _MARK_ZH.search(text[: run.start])
        if mark is not None:
            return mark.start(1), mark[1] + digits
        named = _NAMED_ZH.search(text[: run.start])
        if named is not None and digits.startswith("0"):
            return named.start(1), named[1] + digits
        return run.start, digits

    def _kind(self, near: str, text: str, asked: str) -> AssetKind:
        for place in (near, asked, text):
            folded, best, at = place.casefold(), None, -1
            for kind, row in self._kinds.items():
                if kind == "other":
                    continue
                last = max((folded.rfind(word) for word in (*row.zh, *row.en)), default=-1)
                if last > at:
                    best, at = kind, last
            if best is not None:
                return best
        return "other"


def _letters(said: str) -> str:
    return "".join(char for char in said.upper() if char.isalpha())


def _dash(text: str, run: DigitRun) -> str:
    return "-" if text[: run.start].endswith("-") else ""
