"""Danger to life in one segment, and the number to hand over to.

Words and signs always win: no classifier takes their alarm away. A classifier alone alarms only when it is
very sure; when it is fairly sure, the draft offers `urgent` with a mark of doubt.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cases.catalogue.dangers import CutName, load_dangers
from cases.catalogue.words import Words
from cases.drafting.classify.orders import orders
from cases.drafting.danger.chances import DangerChances, load_chances
from cases.drafting.danger.cuts import Cuts, Verdict
from cases.drafting.danger.denials import Denials
from cases.drafting.danger.signs import SignFinder
from cases.drafting.danger.window import Window
from cases.drafting.danger.words import WordFinder
from cases.drafting.model import Alarm, Candidate, FieldName, SpokenSegment

BY_CLASSIFIER = "likely"
"""The rule of an alarm that the classifier alone raised."""
BY_ANSWER = "answered"
"""The rule of an alarm by a yes to the agent's question."""
ALARM_FROM = 0.985
URGENT_FROM = 0.98
"""Chosen on half a of the measure, after the shares of `make --held-out`."""
SURE = 0.95
LIKELY_SURE = 0.75
DOUBTFUL_URGENT = 0.55
SAID_URGENT = 0.7
SHORT_ANSWER = 14
PLAIN_KEEPS: frozenset[CutName] = frozenset({"fear", "habit", "equipment", "question"})
"""Plain words of danger have their own `unless` for these, which is narrower."""
_YES_ZH = re.compile(
    r"^(?:啊|嗯|呃|哎)?[，,\s]*(?:有(?!没|点|个|件|事|情况|什么|啥|时|空|人吗)|对|是(?![市这那哪不吗])|在(?![这那家哪])|嗯[。！!\s]*$|俩|两个|好几个)"
)
_YES_EN = re.compile(r"^(?:yes|yeah|yep|he is|she is|they are|there is|there are|i am|we are|it is)\b")
_ASKED = (
    (re.compile("有没有"), "有"),
    (re.compile(r"\b(?:is|are|was) (?:any|some)(?:body|one)\b", re.IGNORECASE), "somebody is"),
)
"""A question as the statement that a yes makes of it: in it, 没有 is no denial."""
_PRECEDENCE = {"119": 5.5, "110": 4.5, "120": 8.5, "122": 9.5}
"""Where a sign or the classifier stands among the rules of words, by its number."""


@dataclass(frozen=True, slots=True)
class Dangers:
    """What one segment holds: alarms, and candidates for the urgency."""

    alarms: tuple[Alarm, ...] = ()
    urgent: tuple[Candidate, ...] = ()


class DangerFinder:
    """Only a citizen's words raise an alarm: an agent asks whether somebody is hurt."""

    def __init__(self, words: Words, chances: DangerChances | None = None) -> None:
        tables = load_dangers()
        self._words = words
        self._word_finder = WordFinder(words)
        self._signs = SignFinder(tables.signs, Denials(words.denials))
        self._cuts = Cuts(tables.cuts)
        self._chances = chances or load_chances(words.common)
        self._rank: dict[str, float] = {rule.id: float(at) for at, rule in enumerate(words.danger)}
        self._rank |= {sign.id: _PRECEDENCE.get(sign.number, 99.0) for sign in tables.signs}

    def rank(self, rule: str) -> float:
        """Which rule names the hand-over number when several fire: the smallest rank."""
        return self._rank.get(rule, 99.0)

    def sure(self, rule: str) -> float:
        """How sure an alarm of this rule is."""
        return LIKELY_SURE if rule == BY_CLASSIFIER else SURE

    def find(self, segment: SpokenSegment, earlier: Sequence[SpokenSegment] = ()) -> Dangers:
        """Dangers in the segment, alone and with what was said before it (`earlier`, of both speakers)."""
        window = Window.of(segment, [one for one in earlier if one.speaker == segment.speaker])
        if window.own.text.strip() == "":
            return Dangers()
        alarms: dict[str, Alarm] = {}
        warned = self._told(window, alarms)
        if not alarms:
            self._answered(segment, earlier, alarms)
        if not alarms:
            warned = self._likely(window, alarms) or warned
        said = self._said_urgent(window.own)
        urgent = said or ([warned] if warned is not None and not alarms else [])
        return Dangers(tuple(alarms.values()), tuple(urgent))

    def _told(self, window: Window, alarms: dict[str, Alarm]) -> Candidate | None:
        """Adds what words and signs tell; gives back a warning that they are only part of."""
        warned: Candidate | None = None
        ordered = orders(window.text)
        hits = [
            *(
                (hit.rule.id, hit.rule.number, hit.start, hit.end, PLAIN_KEEPS)
                for hit in self._word_finder.find(window)
            ),
            *(
                (hit.sign.id, hit.sign.number, hit.start, hit.end, hit.sign.keeps)
                for hit in self._signs.find(window)
            ),
        ]
        for rule, number, start, end, keeps in hits:
            if any(start < last and first < end for first, last in ordered):
                continue
            verdict: Verdict = self._cuts.verdict(window, start, end, keeps)
            if verdict == "alarm":
                alarms[rule] = Alarm(rule=rule, number=number, evidence=window.evidence(start, end))
            elif verdict == "urgent" and warned is None:
                warned = _urgent(window, start, end, DOUBTFUL_URGENT)
        return warned

    def _answered(
        self, segment: SpokenSegment, earlier: Sequence[SpokenSegment], alarms: dict[str, Alarm]
    ) -> None:
        """A yes to "is anybody hurt?" says that somebody is."""
        if not earlier or earlier[-1].speaker == segment.speaker:
            return
        answer = Window.of(segment)
        yes = (_YES_ZH if answer.language == "zh" else _YES_EN).search(answer.text)
        if yes is None or (answer.language == "zh" and len(answer.text) > SHORT_ANSWER):
            return
        question = earlier[-1].text
        if not re.search(r"[吗么没？?]|是不是|有没有|\b(?:is|are|was) (?:any|some)", question, re.IGNORECASE):
            return
        for said, meant in _ASKED:
            question = said.sub(meant, question)
        asked = Window.of(earlier[-1].model_copy(update={"text": question}))
        for hit in self._word_finder.find(asked):
            if self._cuts.verdict(asked, hit.start, hit.end, PLAIN_KEEPS) == "alarm":
                evidence = answer.evidence(yes.start(), max(yes.end(), 1))
                alarms[BY_ANSWER] = Alarm(rule=BY_ANSWER, number=hit.rule.number, evidence=evidence)
                return

    def _likely(self, window: Window, alarms: dict[str, Alarm]) -> Candidate | None:
        found = self._chances.likely(window)
        if found is None or found.chance < URGENT_FROM:
            return None
        verdict = self._cuts.verdict(window, found.start, found.end, frozenset())
        if verdict == "nothing":
            return None
        if verdict == "alarm" and found.chance >= ALARM_FROM:
            evidence = window.evidence(found.start, found.end)
            alarms[BY_CLASSIFIER] = Alarm(rule=BY_CLASSIFIER, number=found.number, evidence=evidence)
            return None
        return _urgent(window, found.start, found.end, DOUBTFUL_URGENT)

    def _said_urgent(self, own: Window) -> list[Candidate]:
        """Words by which a caller says that it cannot wait."""
        search = self._words.urgent[own.language]
        unless = self._words.urgent_unless[own.language]
        if search is None or (unless is not None and unless.search(own.text)):
            return []
        match = search.search(own.text)
        return [] if match is None else [_urgent(own, match.start(), match.end(), SAID_URGENT)]


def _urgent(window: Window, start: int, end: int, weight: float) -> Candidate:
    return Candidate(
        field=FieldName.URGENCY,
        value="urgent",
        weight=weight,
        evidence=(window.evidence(start, end),),
        weak=weight < SAID_URGENT,
    )
