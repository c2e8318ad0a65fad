"""The calls that classifiers learn from: what each segment says, and the right answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from cases.catalogue.words import IntentName
from cases.drafting.invented_calls import InventedCall, InventedSegment, What, segment_of, words_in
from cases.drafting.so_far import Clauses, latest, own_clauses
from cases.drafting.spans import Passage
from lab.corpora.calls import CallSet, Report, development_calls, threshold_calls, training_calls

WHAT = ("category", "danger", "intent", "place")


class LabelledSaid(InventedSegment):
    """Beside the words that tell of the class and the place those of danger and of why he calls."""

    danger: tuple[str, ...] = ()
    intent: tuple[str, ...] = ()

    def telling(self, what: Iterable[What]) -> Sequence[str]:
        parts = {"category": self.category, "danger": self.danger, "intent": self.intent}
        return [words for one in what for words in parts[one]]


class LabelledCall(InventedCall):
    """`number` is the one to hand over to, empty where nobody is in danger; `urgent` where somebody must come
    within the hour, danger or not. What is None teaches nothing.
    """

    number: str | None = None
    urgent: bool | None = None
    intent: IntentName | None = None
    said: tuple[LabelledSaid, ...]


def learned_from() -> tuple[CallSet, ...]:
    """The sets that may be learned from: no holdout."""
    return threshold_calls(), development_calls(), *training_calls()


def labelled(call_sets: Iterable[CallSet]) -> tuple[LabelledCall, ...]:
    """The calls of these sets, in their order."""
    return tuple(
        LabelledCall.model_validate(_row(report)) for call_set in call_sets for report in call_set.reports
    )


def so_far(call: InventedCall) -> Iterator[Clauses]:
    """For each segment its clauses and those of the segments before it, places masked."""
    parts: list[Clauses] = []
    for said in call.said:
        passage = Passage.of(segment_of(said))
        own = own_clauses(passage, words_in(passage.text, said.place, 0, len(passage.text)))
        together = (*latest(reversed(parts)), *own)
        parts.append(own)
        if together:
            yield together


def _row(report: Report) -> dict[str, Any]:
    expect, proof = report["expect"], report.get("proof") or {}
    row: dict[str, Any] = {"language": report["language"]}
    if not expect["category"] or proof.get("category"):
        row["codes"] = tuple(expect["category"])
    if expect["more"]:
        row["more"] = True
    numbers = expect["handoff"] or ()
    row["urgent"] = expect["urgency"] != "normal"
    danger = expect["urgency"] == "danger"
    # A number that has nothing to do with danger to life teaches neither.
    if danger == bool(numbers):
        row["number"] = numbers if isinstance(numbers, str) else next(iter(numbers), "")
    if proof.get("intent"):
        row["intent"] = expect["intent"]
    return {**row, "said": _said(report, danger=danger)}


def _said(report: Report, *, danger: bool) -> list[dict[str, Any]]:
    proof = report.get("proof") or {}
    proofs = {**proof, "place": [*proof.get("place", ()), *proof.get("district", ())]}
    if not danger:
        proofs["danger"] = ()
    out = []
    for at, turn in enumerate(report.get("turns") or ["c: " + report["text"]]):
        if turn.startswith("c:"):
            said: dict[str, Any] = {"text": turn[2:].strip()}
            for what in WHAT:
                mine = [one["words"] for one in proofs.get(what) or () if one["turn"] == at]
                said[what] = tuple(one for one in dict.fromkeys(mine) if one in said["text"])
            out.append(said)
    return out
