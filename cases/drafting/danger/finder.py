"""Danger to life in one segment, and the number to hand over to.

Words, signs and classifiers are weighed together (`weighing.py`), and one number decides for the segment.
Plain words alarm with far less than that, in a short segment always; what no words tell needs more there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cases.catalogue.dangers import CutName, Sign, load_dangers
from cases.catalogue.readings import load_readings
from cases.catalogue.words import DangerRule, DraftingWords, Language
from cases.drafting.classify.port import masked
from cases.drafting.danger.chances import Chances, DangerChance, DangerChances, load_chances
from cases.drafting.danger.cuts import Cuts, Verdict
from cases.drafting.danger.denials import Denials
from cases.drafting.danger.readings import Readings
from cases.drafting.danger.signs import SignFinder
from cases.drafting.danger.weighing import (
    ALARM_FROM,
    CUT,
    NONE_BELOW,
    SHORT_UNTOLD_FROM,
    SURE_FROM,
    SUSPECTED_FROM,
    UNTOLD_FROM,
    Kind,
    weighed,
)
from cases.drafting.danger.window import TextWindow
from cases.drafting.danger.word_finder import WordFinder
from cases.drafting.model import DangerAlarm, Evidence, FieldCandidate, FieldName, SpokenSegment

BY_CLASSIFIER = "likely"
"""The rule of an alarm that the classifier alone raised."""
BY_ANSWER = "answered"
"""The rule of an alarm by a yes to the agent's question."""
SHORT: dict[Language, int] = {"zh": 32, "en": 110}
"""Characters up to which a segment, with what was said just before it, is taken as a sentence by itself."""
LEAST_TOLD: dict[Language, int] = {"zh": 6, "en": 18}
"""Characters without which no classifier alarms by itself: "my dad, he" tells nothing yet."""
WORDS_FROM, SIGNS_FROM = 0.5, 0.95
"""From which chance of their own clauses words and signs alarm in a long segment, however harmless the rest
of it is: somebody may tell of the market for a minute and then of a fire.
"""
ASSENT = 0.5
"""The chance from which a sign that is not plain alarms in a short segment."""
RUN_FROM, SHORT_RUN_FROM = 0.3, 0.8
"""From which chance of its likeliest clauses what no words tell may alarm, whatever its weight."""
LEAST_ALONE = 0.5
"""Some clause of a short segment must have it by itself: what was said before is not to tell it all."""
ALONE_FROM, ALONE_AROUND = 0.95, 0.8
"""From which chances a clause alarms by itself in a short segment, or adds its number to an alarm for another
one. What one clause alone sounds like must be borne out by those beside it.
"""
NUMBER_AGREES = 0.95
"""The chance of the number itself from which that is shown as sure: many dangers are for two of them."""
SURE = 0.95
ALONE_SURE = 0.58
"""An alarm of one finder alone: it is raised, with a mark of doubt at its field."""
DOUBTFUL_URGENT = 0.55
SUSPECTED = 0.3
"""Offered, not shown."""
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
    (re.compile("是不是"), "是"),
    (re.compile(r"\b(?:is|are|was) (?:any|some)(?:body|one)\b", re.IGNORECASE), "somebody is"),
)
"""A question as the statement that a yes makes of it: in it, neither 没有 nor 不是 is a denial."""


@dataclass(frozen=True, slots=True)
class DangerFindings:
    """What one segment holds: alarms, and candidates for the urgency."""

    alarms: tuple[DangerAlarm, ...] = ()
    urgent: tuple[FieldCandidate, ...] = ()


@dataclass(frozen=True, slots=True)
class _DangerHit:
    """Words or a sign at these characters of the window, and what they are worth there."""

    rule: DangerRule | Sign
    kind: Kind
    start: int
    end: int
    verdict: Verdict


class DangerFinder:
    """Only a citizen's words raise an alarm: an agent asks whether somebody is hurt."""

    def __init__(self, words: DraftingWords, chances: DangerChances | None = None) -> None:
        tables = load_dangers()
        self._words = words
        readings = Readings(load_readings())
        self._word_finder = WordFinder(words, readings)
        self._signs = SignFinder(tables.signs, Denials(words.denials), readings)
        self._cuts = Cuts(tables.cuts)
        self._chances = chances or load_chances()
        self._rank: dict[str, float] = {rule.id: float(at) for at, rule in enumerate(words.danger)}
        after = {number: self._rank[rule] + 0.5 for number, rule in tables.after.items()}
        self._rank |= {sign.id: after.get(sign.number, LAST) for sign in tables.signs}

    def rank(self, rule: str) -> float:
        """Which rule names the hand-over number when several fire: the smallest rank."""
        return self._rank.get(rule, LAST)

    def find(self, segment: SpokenSegment, earlier: Sequence[SpokenSegment] = ()) -> DangerFindings:
        """Dangers in the segment, alone and with what was said before it (`earlier`, of both speakers)."""
        window = TextWindow.of(segment, [one for one in earlier if one.speaker == segment.speaker])
        if window.own.text.strip() == "":
            return DangerFindings()
        likely = self._chances.of_window(window)
        told = [*self._told(window)]
        weight = weighed(likely.best, likely.whole, [one.kind for one in told if one.verdict == "alarm"])
        alarms: dict[str, DangerAlarm] = {}
        for one in told:
            if one.verdict == "alarm" and (weight >= ALARM_FROM or _by_itself(one, window, likely, weight)):
                alarms[one.rule.id] = _alarm(one, window, likely, weight)
        if not alarms:
            self._answered(segment, earlier, alarms)
        self._likely(window, likely, alarms, weight)
        if alarms:
            return DangerFindings(tuple(alarms.values()), tuple(self._said_urgent(window.own)))
        return DangerFindings(
            (), (*self._said_urgent(window.own), *self._warned(window, likely, told, weight))
        )

    def _told(self, window: TextWindow) -> Iterator[_DangerHit]:
        """What words and signs tell, and what cuts and readings leave of it."""
        for hit in self._word_finder.find(window):
            if window.tells(hit.start, hit.end):
                cut = self._cuts.verdict(window, hit.start, hit.end, PLAIN_KEEPS)
                yield _DangerHit(hit.rule, "words", hit.start, hit.end, hit.read if cut == "alarm" else cut)
        for sign in self._signs.find(window):
            if window.tells(sign.start, sign.end):
                cut = self._cuts.verdict(window, sign.start, sign.end, sign.sign.keeps)
                kind: Kind = "plain_sign" if sign.sign.plain else "sign"
                yield _DangerHit(sign.sign, kind, sign.start, sign.end, cut)

    def _warned(
        self, window: TextWindow, likely: Chances, told: Sequence[_DangerHit], weight: float
    ) -> Iterator[FieldCandidate]:
        """What a segment without an alarm is still worth: a warning in words, or a suspicion."""
        warned = next((one for one in told if one.verdict == "urgent"), None)
        found = likely.likely()
        if warned is not None:
            yield _urgent(window, warned.start, warned.end, DOUBTFUL_URGENT)
        elif found is not None and weight >= SUSPECTED_FROM:
            yield _urgent(window, found.start, found.end, SUSPECTED, source=BY_CLASSIFIER)

    def _answered(
        self, segment: SpokenSegment, earlier: Sequence[SpokenSegment], alarms: dict[str, DangerAlarm]
    ) -> None:
        """A yes to "is anybody hurt?" says that somebody is."""
        if not earlier or earlier[-1].speaker == segment.speaker:
            return
        answer = TextWindow.of(segment)
        yes = (_YES_ZH if answer.language == "zh" else _YES_EN).search(answer.text)
        if yes is None or (answer.language == "zh" and len(answer.text) > SHORT_ANSWER):
            return
        question = earlier[-1].text
        if not re.search(r"[吗么没？?]|是不是|有没有|\b(?:is|are|was) (?:any|some)", question, re.IGNORECASE):
            return
        for said, meant in _ASKED:
            question = said.sub(meant, question)
        asked = TextWindow.of(earlier[-1].model_copy(update={"text": question}))
        for hit in self._word_finder.find(asked):
            if self._cuts.verdict(asked, hit.start, hit.end, PLAIN_KEEPS) == "alarm":
                evidence = answer.evidence(yes.start(), max(yes.end(), 1))
                alarms[BY_ANSWER] = _alone(BY_ANSWER, hit.rule.number, evidence)
                return

    def _likely(
        self, window: TextWindow, likely: Chances, alarms: dict[str, DangerAlarm], weight: float
    ) -> None:
        """Adds what the classifier finds by itself: a danger that no words tell, or another number."""
        found = likely.likely()
        if found is None or found.number in {alarm.number for alarm in alarms.values()}:
            return
        tells = _tells(found) if alarms else self._untold(window, likely, found, weight)
        if tells:
            evidence = window.evidence(found.start, found.end)
            alarms[BY_CLASSIFIER] = _alone(BY_CLASSIFIER, found.number, evidence)

    def _untold(self, window: TextWindow, likely: Chances, found: DangerChance, weight: float) -> bool:
        """Whether what no words tell is danger all the same."""
        if _length(window.own) < LEAST_TOLD[window.language] or likely.told_before:
            return False
        harmless = self._cuts.verdict(window, found.start, found.end, frozenset()) == "nothing"
        if _is_short(window):
            enough = weight >= SHORT_UNTOLD_FROM and found.chance >= SHORT_RUN_FROM
            return found.alone >= LEAST_ALONE and not harmless and (enough or _tells(found))
        return weight - CUT * harmless >= UNTOLD_FROM and found.chance >= RUN_FROM

    def _said_urgent(self, own: TextWindow) -> list[FieldCandidate]:
        """Words by which a caller says that it cannot wait, and what may hurt whoever comes by next."""
        unless = self._words.urgent_unless[own.language]
        if unless is not None and unless.search(own.text):
            return []
        out: list[FieldCandidate] = []
        for words, weight in ((self._words.urgent, SAID_URGENT), (self._words.hazards, DOUBTFUL_URGENT)):
            search = words[own.language]
            match = None if search is None else search.search(own.text)
            if match is not None:
                out.append(_urgent(own, match.start(), match.end(), weight))
        return out


def _is_short(window: TextWindow) -> bool:
    return _length(window) <= SHORT[window.language]


def _length(window: TextWindow) -> int:
    return len(masked(window.text, window.untold).replace("\0", "").strip())


def _tells(found: DangerChance) -> bool:
    """Whether these clauses tell it by themselves."""
    return found.chance >= ALONE_FROM and found.around >= ALONE_AROUND


def _by_itself(told: _DangerHit, window: TextWindow, likely: Chances, weight: float) -> bool:
    """Whether these words alarm with little else that speaks for it: plain ones in a short segment always, as
    hardly anything is said beside them to judge them by, others where their own clauses are likely.
    """
    if _is_short(window) and told.kind != "sign":
        return True
    chance = likely.near(told.start, told.end)[0]
    if _is_short(window):
        return chance >= ASSENT
    return weight >= NONE_BELOW and chance >= (WORDS_FROM if told.kind == "words" else SIGNS_FROM)


def _alarm(told: _DangerHit, window: TextWindow, likely: Chances, weight: float) -> DangerAlarm:
    _, number, chance = likely.near(told.start, told.end)
    same = number == told.rule.number and chance >= NUMBER_AGREES
    return DangerAlarm(
        rule=told.rule.id,
        number=told.rule.number,
        evidence=window.evidence(told.start, told.end),
        sure=SURE if weight >= SURE_FROM else ALONE_SURE,
        number_sure=SURE if weight >= SURE_FROM and same else ALONE_SURE,
    )


def _alone(rule: str, number: str, evidence: Evidence) -> DangerAlarm:
    return DangerAlarm(rule=rule, number=number, evidence=evidence, sure=ALONE_SURE, number_sure=ALONE_SURE)


def _urgent(window: TextWindow, start: int, end: int, weight: float, *, source: str = "") -> FieldCandidate:
    return FieldCandidate(
        field=FieldName.URGENCY,
        value="urgent",
        weight=weight,
        evidence=(window.evidence(start, end),),
        weak=weight < SAID_URGENT,
        source=source,
    )
