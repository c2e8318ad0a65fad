"""Which places carry the mark of doubt although their words are plain.

A mark empties nothing and changes nothing; it tells the agent to look.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cases.drafting.intents import NO_PROBLEM
from cases.drafting.model import FieldCandidate, FieldName, SegmentFindings
from cases.drafting.resolve import Proposal
from cases.shown import SURE_FROM, Shown

RIVAL = 0.15
"""How near another place's confidence may come before neither is sure."""
PLACES = frozenset({FieldName.DISTRICT, FieldName.ADDRESS, FieldName.CROSSING})


class Doubts:
    """What stands against the places of one call. Pure."""

    def __init__(
        self, heard: Sequence[SegmentFindings], proposals: Mapping[FieldName, Sequence[Proposal]]
    ) -> None:
        self._heard = heard
        self._proposals = proposals
        intents = proposals[FieldName.INTENT]
        self._no_report = bool(intents) and intents[0].fills and intents[0].value in NO_PROBLEM

    def about(self, name: FieldName, chosen: Proposal) -> bool:
        """Whether the chosen value of a field is to carry the mark."""
        if name not in PLACES or chosen.shown is not Shown.SURE:
            return False
        if self._no_report or self._rivalled(name, chosen):
            return True
        return name is FieldName.ADDRESS and (self._beside_crossing(chosen) or self._hardly_known(chosen))

    def _rivalled(self, name: FieldName, chosen: Proposal) -> bool:
        """Two places that were told alike: one of them is only where somebody came from, or a mistake."""
        return any(
            other.value != chosen.value and other.confidence > chosen.confidence - RIVAL
            for other in self._proposals[name]
        )

    def _beside_crossing(self, address: Proposal) -> bool:
        """A name without a number beside a crossing: it says what is near, or one of its own streets."""
        crossings = self._proposals[FieldName.CROSSING]
        told = bool(crossings) and crossings[0].fills
        return told and not _has_number(address.value)

    def _hardly_known(self, address: Proposal) -> bool:
        """What no mention alone makes sure (only its sound), or a bare name that the gazetteer lacks."""
        mentions = [
            one
            for item in self._heard
            for one in item.of(FieldName.ADDRESS)
            if not one.denied and _is_of(one, address.value)
        ]
        if all(one.weight < SURE_FROM for one in mentions):
            return True
        return not any(one.within for one in mentions) and not _has_number(address.value)


def _is_of(mention: FieldCandidate, value: str) -> bool:
    return mention.value == value or bool(mention.base and mention.base in value)


def _has_number(value: str) -> bool:
    return any(char.isdigit() for char in value)
