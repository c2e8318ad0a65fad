"""Danger to life in one segment: words and patterns that always win, and the number to hand over to."""

from __future__ import annotations

from dataclasses import dataclass

from cases.catalogue.words import DangerRule, Language, Words
from cases.drafting.model import Alarm, Candidate, FieldName, SpokenSegment
from cases.drafting.spans import Passage
from cases.gazetteer.sound import loose, syllables

_QUESTION = "是不是"
_LOOK_BACK_WORDS = 2
LONG_ENOUGH = 3
"""Syllables from which a danger word is also recognised with blurred consonants."""


@dataclass(frozen=True, slots=True)
class _Match:
    start: int
    end: int


class DangerFinder:
    """Only a citizen's words raise an alarm: an agent asks whether somebody is hurt."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._rank = {rule.id: index for index, rule in enumerate(words.danger)}

    def rank(self, rule: str) -> int:
        """Which rule names the hand-over number when several fire: the smallest rank."""
        return self._rank.get(rule, len(self._rank))

    def find(self, passage: Passage) -> list[Alarm]:
        """Alarms in the segment itself, and such as begin in the one before and end in this one."""
        segment = passage.segment
        own = Passage.of(segment)
        alarms = self._in(own)
        if passage.before is not None:
            known = {alarm.rule for alarm in alarms}
            alarms.extend(alarm for alarm in self._in(passage, crossing=True) if alarm.rule not in known)
        return alarms

    def urgent(self, segment: SpokenSegment) -> list[Candidate]:
        """Words by which a caller says that it cannot wait."""
        passage = Passage.of(segment)
        search = self._words.urgent[passage.language]
        unless = self._words.urgent_unless[passage.language]
        if search is None or (unless is not None and unless.search(passage.text)):
            return []
        return [
            Candidate(
                field=FieldName.URGENCY,
                value="urgent",
                weight=0.7,
                evidence=passage.evidence(match.start(), match.end()),
            )
            for match in search.finditer(passage.text)
        ][:1]

    def _in(self, passage: Passage, *, crossing: bool = False) -> list[Alarm]:
        language, text = passage.language, passage.text
        everywhere = self._words.unless_everywhere[language]
        if everywhere is not None and everywhere.search(text):
            return []
        heard = syllables(text) if language == "zh" else ()
        out: list[Alarm] = []
        for rule in self._words.danger:
            unless = rule.unless[language]
            if unless is not None and unless.search(text):
                continue
            for match in _matches(rule, language, text, heard):
                if crossing and not match.start < passage.cut < match.end:
                    continue
                if self._denied(language, text[: match.start]):
                    continue
                evidence = passage.evidence(match.start, match.end)[-1]
                out.append(Alarm(rule=rule.id, number=rule.number, evidence=evidence))
                break
        return out

    def _denied(self, language: Language, head: str) -> bool:
        head = head.rstrip()
        if language == "zh":
            return not head.endswith(_QUESTION) and head.endswith(self._words.denials.zh)
        tail = head.casefold().split()[-_LOOK_BACK_WORDS:]
        return any(" ".join(tail[index:]) in self._words.denials.en for index in range(len(tail))) or any(
            word in self._words.denials.en for word in tail
        )


def _matches(rule: DangerRule, language: Language, text: str, heard: tuple[str, ...]) -> list[_Match]:
    search = rule.searches[language]
    out = [] if search is None else [_Match(m.start(), m.end()) for m in search.finditer(text)]
    if language == "zh":
        blurred = loose(heard)
        for word in rule.sounds:
            wanted = syllables(word)
            size = len(wanted)
            # A long word is still itself when its consonants are blurred; a short one would become another.
            spoken, wanted = (blurred, loose(wanted)) if size >= LONG_ENOUGH else (heard, wanted)
            out.extend(
                _Match(at, at + size)
                for at in range(len(spoken) - size + 1)
                if spoken[at : at + size] == wanted
            )
    return out
