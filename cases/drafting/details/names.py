"""The caller's name, where he offers it: 我姓王 · 我叫李明 · my name is Anna Schmidt. Personal."""

from __future__ import annotations

import re

from cases.catalogue.fields import DetailWords
from cases.drafting.details.found import found
from cases.drafting.model import FieldCandidate, FieldName
from cases.drafting.spans import Passage

_AFTER = r"(?=$|[^\u3400-\u9fff]|[我住在家是的电你您想要啊呀吧呢，。])"
_EN = re.compile(
    r"\b(?:my\s+name\s+is|my\s+name's|the\s+name\s+is|the\s+name's|i\s+am\s+called|my\s+surname\s+is|this\s+is(?="
    r"\s+\S+(?:\s+\S+)?\s+(?:speaking|calling)))\s+"
    r"((?:mr|mrs|ms|miss|dr)\.?\s+)?([^\W\d_][\w'’-]*(?:\s+(?-i:[A-Z])[\w'’-]*){0,2})",
    re.IGNORECASE,
)
_EN_NONE = frozenset(
    {"not", "on", "in", "the", "a", "none", "private", "unimportant", "secret", "my", "is", "and"}
)
_ASKED = ("贵姓", "怎么称呼", "您姓", "名字", "your name", "who am i speaking", "call you")


class NameReader:
    def __init__(self, words: DetailWords) -> None:
        surname = f"(?:{'|'.join(words.compound_surnames)}|[{words.surnames}])"
        self._surname = re.compile(rf"(?:我是?姓|免贵姓?|本人姓)[\s，,]*({surname})(?:氏)?")
        self._full = re.compile(
            rf"(?:我叫|我名叫|我的名字[是叫]|本人叫)[\s，,]*({surname}[\u3400-\u9fff]{{1,2}}?){_AFTER}"
        )
        self._titled = re.compile(
            rf"(?:我是|叫我|我叫)((?:[小老]{surname})|(?:{surname}(?:{'|'.join(words.titles[:3])}|大爷|大妈|阿姨)))"
        )
        self._answer = re.compile(
            rf"^[\s，,嗯呃啊]*(?:我)?姓?({surname}[\u3400-\u9fff]{{0,2}})[\s，,。.！啊呀]*$"
        )
        self._titles = words.titles

    def find(self, passage: Passage, asked: str = "") -> list[FieldCandidate]:
        """The name as it was said; a surname alone stays one."""
        if passage.language == "en":
            return self._english(passage)
        out: list[FieldCandidate] = []
        for match in self._full.finditer(passage.text):
            if not any(title in match[1] for title in self._titles):
                out += found(passage, FieldName.CALLER, match.span(1), match[1], 0.85, {"kind": "full"})
        for pattern, kind in ((self._titled, "titled"), (self._surname, "surname")):
            for match in pattern.finditer(passage.text):
                if kind == "titled" and match[0].startswith("我叫") and match[1][0] not in "小老":
                    continue
                out += found(passage, FieldName.CALLER, match.span(1), match[1], 0.8, {"kind": kind})
        if not out and any(word in asked.casefold() for word in _ASKED):
            own = passage.text[passage.cut :]
            answer = self._answer.match(own)
            if answer is not None:
                span = (passage.cut + answer.start(1), passage.cut + answer.end(1))
                kind = "surname" if len(answer[1]) == 1 else "full"
                out += found(passage, FieldName.CALLER, span, answer[1], 0.75, {"kind": kind})
        return out

    @staticmethod
    def _english(passage: Passage) -> list[FieldCandidate]:
        out: list[FieldCandidate] = []
        for match in _EN.finditer(passage.text):
            if match[2].split()[0].casefold() in _EN_NONE:
                continue
            out += found(passage, FieldName.CALLER, match.span(2), match[2], 0.85, {"kind": "full"})
        return out
