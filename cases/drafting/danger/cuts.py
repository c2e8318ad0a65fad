"""What takes the alarm from words of danger: they are past, supposed, staged, a saying, or a question."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from cases.catalogue.dangers import CutName, DangerExclusion
from cases.drafting.danger.window import TextWindow

Verdict = Literal["alarm", "urgent", "nothing"]


class Cuts:
    def __init__(self, cuts: Iterable[DangerExclusion]) -> None:
        self._cuts = tuple(cuts)

    def verdict(self, window: TextWindow, start: int, end: int, keeps: frozenset[CutName]) -> Verdict:
        """What words of danger at this span are worth. A cut that warns leaves them urgent."""
        language = window.language
        sentence = window.sentence(start, end)
        whole = window.own.text if start >= window.cut else window.text
        warned = False
        for cut in self._cuts:
            if cut.id in keeps:
                continue
            scope = whole if cut.wide else sentence
            unless = cut.unless[language]
            if cut.searches[language].search(scope) is None:
                continue
            if unless is not None and unless.search(scope) is not None:
                continue
            if not cut.urgent:
                return "nothing"
            warned = True
        return "urgent" if warned else "alarm"
