"""Danger to life in one segment, and the number to hand over to.

Plain words always alarm; signs that are often said of what is none need the classifier's assent. It alone
alarms only when it is very sure, or fairly sure of two segments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cases.catalogue.dangers import CutName, load_dangers
from cases.catalogue.readings import load_readings
from cases.catalogue.words import Words
from cases.drafting.danger.chances import Chances, DangerChances, load_chances
from cases.drafting.danger.cuts import Cuts
from cases.drafting.danger.denials import Denials
from cases.drafting.danger.readings import Readings
from cases.drafting.danger.signs import Hit as SignHit
from cases.drafting.danger.signs import SignFinder
from cases.drafting.danger.window import Window
from cases.drafting.danger.words import WordFinder, WordHit
from cases.drafting.model import Alarm, Candidate, Evidence, FieldName, SpokenSegment

BY_CLASSIFIER = "likely"
"""The rule of an alarm that the classifier alone raised."""
BY_ANSWER = "answered"
"""The rule of an alarm by a yes to the agent's question."""
ALARM_FROM = 0.9
TWICE_FROM = 0.85
AROUND_FROM = 0.8
"""Chosen on sentences of a writer that no weights know (decisions 0116 and 0159). What one clause alone
sounds like must be borne out by those beside it.
"""
ASSENT = 0.5
"""The chance from which the classifier lets a sign alarm: by itself it is mostly said of what is none."""
AGREES = 0.97
"""The chance from which the classifier confirms words and signs: then the alarm is shown as sure (0150)."""
NUMBER_AGREES = 0.95
"""The chance of the number itself from which that is shown as sure: many dangers are for two of them."""
SURE = 0.95
ALONE_SURE = 0.58
"""An alarm of one finder alone: it is raised, with a mark of doubt at its field."""
DOUBTFUL_URGENT = 0.55
SUSPECTED = 0.3
"""Offered, not shown; a second segment like it alarms."""
SAID_URGENT = 0.7
SHORT_ANSWER = 14
LAST = 99.0
"""The rank of a rule that stands nowhere."""
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
        self._word_finder = WordFinder(words, Readings(load_readings()))
        self._signs = SignFinder(tables.signs, Denials(words.denials))
        self._cuts = Cuts(tables.cuts)
        self._chances = chances or load_chances()
        self._rank: dict[str, float] = {rule.id: float(at) for at, rule in enumerate(words.danger)}
        after = {number: self._rank[rule] + 0.5 for number, rule in tables.after.items()}
        self._rank |= {sign.id: after.get(sign.number, LAST) for sign in tables.signs}

    def rank(self, rule: str) -> float:
        """Which rule names the hand-over number when several fire: the smallest rank."""
        return self._rank.get(rule, LAST)

    def sure(self, alarms: Sequence[Alarm]) -> float:
        """That one of these is a danger; words in one segment and the classifier in another agree."""
        rules = {alarm.rule == BY_CLASSIFIER for alarm in alarms}
        return SURE if len(rules) > 1 else max(alarm.sure for alarm in alarms)

    def find(
        self, segment: SpokenSegment, earlier: Sequence[SpokenSegment] = (), *, suspected: bool = False
    ) -> Dangers:
        """Dangers in the segment, alone and with what was said before it (`earlier`, of both speakers).

        `suspected`: the classifier alone found a danger likely in an earlier segment (`suspects`).
        """
        window = Window.of(segment, [one for one in earlier if one.speaker == segment.speaker])
        if window.own.text.strip() == "":
            return Dangers()
        likely = self._chances.of_window(window)
        alarms: dict[str, Alarm] = {}
        warned = self._told(window, likely, alarms)
        if not alarms:
            self._answered(segment, earlier, alarms)
        warned = self._likely(window, likely, alarms, suspected=suspected) or warned
        urgent = self._said_urgent(window.own)
        if warned is not None and not alarms:
            urgent.append(warned)
        return Dangers(tuple(alarms.values()), tuple(urgent))

    def _told(self, window: Window, likely: Chances, alarms: dict[str, Alarm]) -> Candidate | None:
        """Adds what words and signs tell; gives back a warning that they are only part of."""
        warned: Candidate | None = None
        hits: list[WordHit | SignHit] = [*self._word_finder.find(window), *self._signs.find(window)]
        for hit in hits:
            if not window.tells(hit.start, hit.end):
                continue
            rule = hit.rule if isinstance(hit, WordHit) else hit.sign
            keeps = PLAIN_KEEPS if isinstance(hit, WordHit) else hit.sign.keeps
            least = _least(hit)
            verdict = self._cuts.verdict(window, hit.start, hit.end, keeps)
            if verdict == "alarm" and isinstance(hit, WordHit):
                verdict = hit.read
            chance, number, number_chance = likely.near(hit.start, hit.end)
            confirmed = chance >= AGREES
            same = number == rule.number and number_chance >= NUMBER_AGREES
            if verdict == "alarm" and chance >= least:
                alarms[rule.id] = Alarm(
                    rule=rule.id,
                    number=rule.number,
                    evidence=window.evidence(hit.start, hit.end),
                    sure=SURE if confirmed else ALONE_SURE,
                    number_sure=SURE if confirmed and same else ALONE_SURE,
                )
            elif verdict == "urgent" and warned is None:
                warned = _urgent(window, hit.start, hit.end, DOUBTFUL_URGENT)
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
                alarms[BY_ANSWER] = _alone(BY_ANSWER, hit.rule.number, evidence)
                return

    def _likely(
        self, window: Window, likely: Chances, alarms: dict[str, Alarm], *, suspected: bool
    ) -> Candidate | None:
        """Adds what the classifier finds by itself: a danger that no words tell, or another number."""
        found = likely.likely()
        if found is None or found.chance < TWICE_FROM or found.number in {a.number for a in alarms.values()}:
            return None
        verdict = self._cuts.verdict(window, found.start, found.end, frozenset())
        if verdict == "nothing":
            return None
        least = TWICE_FROM if suspected and not alarms else ALARM_FROM
        if verdict == "alarm" and found.chance >= least and found.around >= AROUND_FROM:
            evidence = window.evidence(found.start, found.end)
            alarms[BY_CLASSIFIER] = _alone(BY_CLASSIFIER, found.number, evidence)
            return None
        return _urgent(window, found.start, found.end, SUSPECTED, source=BY_CLASSIFIER)

    def _said_urgent(self, own: Window) -> list[Candidate]:
        """Words by which a caller says that it cannot wait, and what may hurt whoever comes by next."""
        unless = self._words.urgent_unless[own.language]
        if unless is not None and unless.search(own.text):
            return []
        out: list[Candidate] = []
        for words, weight in ((self._words.urgent, SAID_URGENT), (self._words.hazards, DOUBTFUL_URGENT)):
            search = words[own.language]
            match = None if search is None else search.search(own.text)
            if match is not None:
                out.append(_urgent(own, match.start(), match.end(), weight))
        return out


def _least(hit: WordHit | SignHit) -> float:
    """The chance that the classifier must give these words: plain ones alarm whatever it says."""
    return 0.0 if isinstance(hit, WordHit) or hit.sign.plain else ASSENT


def _alone(rule: str, number: str, evidence: Evidence) -> Alarm:
    return Alarm(rule=rule, number=number, evidence=evidence, sure=ALONE_SURE, number_sure=ALONE_SURE)


def suspects(candidates: Iterable[Candidate]) -> bool:
    """Whether the classifier alone found a danger likely among these."""
    return any(one.source == BY_CLASSIFIER for one in candidates)


def _urgent(window: Window, start: int, end: int, weight: float, *, source: str = "") -> Candidate:
    return Candidate(
        field=FieldName.URGENCY,
        value="urgent",
        weight=weight,
        evidence=(window.evidence(start, end),),
        weak=weight < SAID_URGENT,
        source=source,
    )
