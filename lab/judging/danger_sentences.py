"""What the finder of dangers makes of sentences that no weights know.

python -m lab.judging.danger_sentences
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cases.catalogue.loading import load_words
from cases.catalogue.words import LANGUAGES, Language
from cases.drafting.danger.finder import BY_CLASSIFIER, DangerFinder
from cases.drafting.model import SpokenSegment
from lab.corpora import lines
from lab.training.dangers import NONE

HEARD = Path(__file__).parents[1] / "corpora" / "heard_dangers.jsonl"


@dataclass(frozen=True, slots=True)
class JudgedSentence:
    """One sentence by itself: the number to hand it over to, or `none`, and the numbers of its alarms.
    `words`: an alarm is of words or signs, not of the classifier alone.
    """

    text: str
    language: str
    number: str
    alarms: frozenset[str]
    words: bool

    @property
    def danger(self) -> bool:
        return self.number != NONE


def heard(one_in: int = 1) -> Iterator[JudgedSentence]:
    """All of them, or one in so many of each kind."""
    finder = DangerFinder(load_words())
    said: dict[tuple[str, Language], list[str]] = {}
    for row in lines.read(HEARD):
        said.setdefault((row["number"], row["language"]), []).extend(row["said"])
    for (number, language), texts in said.items():
        for text in texts[::one_in]:
            found = finder.find(SpokenSegment(segment_id="x", speaker="citizen", text=text)).alarms
            words = any(alarm.rule != BY_CLASSIFIER for alarm in found)
            yield JudgedSentence(text, language, number, frozenset(alarm.number for alarm in found), words)


def main() -> None:
    rows = list(heard())
    for language in LANGUAGES:
        dangers = [row for row in rows if row.language == language and row.danger]
        calm = [row for row in rows if row.language == language and not row.danger]
        alarmed = sum(bool(row.alarms) for row in dangers)
        words = sum(row.words for row in dangers)
        right = sum(row.number in row.alarms for row in dangers)
        false = sum(bool(row.alarms) for row in calm)
        false_words = sum(row.words for row in calm)
        print(f"{language}: {alarmed} of {len(dangers)} dangers alarm, {words} by words, {right} rightly")
        print(f"    {false} of {len(calm)} that are none alarm, {false_words} by words")


if __name__ == "__main__":
    main()
