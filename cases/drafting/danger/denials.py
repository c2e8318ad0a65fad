"""What is said right before words of danger and denies them."""

from __future__ import annotations

import re

from cases.catalogue.words import Language, PerLanguage

_QUESTION = re.compile(r"(?:(?<!没)有没有|(?<!不)是不是)$")
"""It ends in the words of a denial and denies nothing; said twice, 没有没有, they are a denial."""
_LOOK_BACK = 16
_LOOK_BACK_WORDS = 2


class Denials:
    def __init__(self, words: PerLanguage) -> None:
        self._zh = words.zh
        self._en = frozenset(words.en)

    def deny(self, language: Language, head: str) -> bool:
        """True when the end of `head` denies what follows it."""
        head = head[-_LOOK_BACK * 2 :].rstrip()
        if language == "zh":
            return not _QUESTION.search(head) and head.endswith(self._zh)
        tail = head.casefold().split()[-_LOOK_BACK_WORDS:]
        return any(" ".join(tail[index:]) in self._en for index in range(len(tail))) or any(
            word in self._en for word in tail
        )

    def deny_at(self, language: Language, head: str) -> bool:
        """The same for one word of several: only what stands directly before it."""
        if language == "zh":
            head = head[-_LOOK_BACK:]
            return not _QUESTION.search(head) and head.endswith(("没", "没有", "不是", "并未", "未", "无"))
        return head[-_LOOK_BACK:].endswith((" no ", " not ", " never ", " without ", "isn't ", "wasn't "))
