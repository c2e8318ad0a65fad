"""The plain words of danger, by expression and by sound (`cases/catalogue/words/danger.yaml`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cases.catalogue.words import DangerRule, DraftingWords, Language
from cases.drafting.classify.port import Span
from cases.drafting.danger.cuts import Verdict
from cases.drafting.danger.denials import Denials
from cases.drafting.danger.readings import Readings
from cases.drafting.danger.window import TextWindow
from cases.gazetteer.sound import loose, syllables

LONG_ENOUGH = 3
"""Syllables from which a danger word is also recognised with blurred consonants."""


@dataclass(frozen=True, slots=True)
class WordHit:
    """`read`: what the words are worth where they stand."""

    rule: DangerRule
    start: int
    end: int
    read: Verdict = "alarm"


class WordFinder:
    def __init__(self, words: DraftingWords, readings: Readings) -> None:
        self._words = words
        self._denials = Denials(words.denials)
        self._readings = readings

    def find(self, window: TextWindow) -> Iterator[WordHit]:
        """The rules whose words are said in the segment, and such as begin before it and end in it."""
        known = set()
        for hit in self._in(window.own):
            known.add(hit.rule.id)
            yield replace(hit, start=hit.start + window.cut, end=hit.end + window.cut)
        if window.cut:
            for hit in self._in(window, crossing=True):
                if hit.rule.id not in known:
                    yield hit

    def _in(self, window: TextWindow, *, crossing: bool = False) -> Iterator[WordHit]:
        language, text = window.language, window.text
        everywhere = self._words.unless_everywhere[language]
        if everywhere is not None and everywhere.search(text):
            return
        heard = syllables(text) if language == "zh" else ()
        blurred = loose(heard)
        for rule in self._words.danger:
            unless = rule.unless[language]
            cancelled = False
            told: WordHit | None = None
            for start, end in _spans(rule, language, text, heard, blurred):
                if (crossing and not start < window.cut < end) or not window.tells(start, end):
                    continue
                # Most texts hold no word of the rule: what cancels it is looked for only then.
                cancelled = cancelled or (unless is not None and unless.search(text) is not None)
                if cancelled:
                    break
                if self._denials.deny(language, text[:start]):
                    continue
                read = self._readings.verdict(window, start, end, rule.id)
                if read == "alarm":
                    told = WordHit(rule, start, end)
                    break
                if read == "urgent" and told is None:
                    told = WordHit(rule, start, end, read)
            if told is not None:
                yield told


def _spans(
    rule: DangerRule, language: Language, text: str, heard: tuple[str, ...], blurred: tuple[str, ...]
) -> Iterator[Span]:
    search = rule.searches[language]
    if search is not None:
        for match in search.finditer(text):
            yield match.span()
    if language != "zh":
        return
    for word in rule.sounds:
        wanted = syllables(word)
        size = len(wanted)
        # A long word is still itself when its consonants are blurred; a short one would become another.
        spoken, wanted = (blurred, loose(wanted)) if size >= LONG_ENOUGH else (heard, wanted)
        first = wanted[0]
        for at in range(len(spoken) - size + 1):
            if spoken[at] == first and spoken[at : at + size] == wanted:
                yield at, at + size
