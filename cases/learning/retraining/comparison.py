"""Old and new weights on the same set-aside cases: what the category field would show at each call's end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from cases.catalogue.model import Catalogue
from cases.catalogue.words import DraftingWords
from cases.drafting.classify.finder import CategoryFinder
from cases.drafting.classify.loading import load_whole
from cases.drafting.classify.port import Classifier
from cases.drafting.drafter import Drafter
from cases.drafting.model import Draft, FieldName, FieldValue, SegmentFindings, SpokenSegment
from cases.drafting.places.finder import PlaceFinder
from cases.drafting.problems import ProblemFinder
from cases.drafting.so_far import so_far
from cases.drafting.spans import Passage
from cases.gazetteer.lookup import Gazetteer
from cases.learning.retraining.model import ClassifierComparison, ComparisonCounts
from cases.shown import Shown

OFFERED = 3
_NOBODY = UUID(int=0)


@dataclass(slots=True)
class ComparisonTally:
    compared: int = 0
    first: int = 0
    among_three: int = 0
    sure: int = 0
    sure_wrong: int = 0

    def count(self, held: FieldValue, filed: str) -> None:
        """`filed` is what agents filed, `held` what drafting makes of the call by itself."""
        right = held.value == filed
        offered = [*([held.value] if held.value else []), *(one.value for one in held.others)]
        sure = held.shown is Shown.SURE
        self.compared += 1
        self.first += right
        self.among_three += filed in offered[:OFFERED]
        self.sure += sure
        self.sure_wrong += sure and not right

    def figures(self) -> ComparisonCounts:
        """The counts as they are stored and shown."""
        return ComparisonCounts(
            compared=self.compared,
            first=self.first,
            among_three=self.among_three,
            sure=self.sure,
            sure_wrong=self.sure_wrong,
        )


class Comparing:
    """Everything but the trained classifiers is the same on both sides: words, places, fusion, intent."""

    def __init__(
        self,
        words: DraftingWords,
        catalogue: Catalogue,
        gazetteer: Gazetteer,
        *,
        old: Sequence[Classifier],
        new: Sequence[Classifier],
    ) -> None:
        said = ProblemFinder(words)
        self._catalogue = catalogue
        self._places = PlaceFinder(words, gazetteer)
        self._words = CategoryFinder((said,), catalogue, load_whole(catalogue))
        self._sides = tuple((CategoryFinder(side, catalogue), ComparisonTally()) for side in (old, new))
        self._drafter = Drafter(words=words, catalogue=catalogue, gazetteer=gazetteer, classifiers=(said,))

    def look(self, heard: Sequence[SegmentFindings], code: str, *, described: bool = False) -> None:
        """Count one case. `described`: nothing was drafted from these words, they are a description."""
        if described:
            heard = self._drafted([item.segment for item in heard])
        filed = self._catalogue.rows[code].ref
        passages = [_passage(heard, at) for at in range(len(heard))]
        taken = [self._places.find(one)[1] if one is not None else [] for one in passages]
        base = []
        for at, (item, passage, places) in enumerate(zip(heard, passages, taken, strict=True)):
            kept = [one for one in item.candidates if one.field is not FieldName.CATEGORY]
            if passage is not None:
                kept += self._words.find(passage, places, so_far(heard[:at], passage, places))
            base.append(kept)
        for finder, tally in self._sides:
            again = tuple(
                item.model_copy(
                    update={
                        "candidates": (
                            *kept,
                            *(finder.find(passage, places) if passage is not None else ()),
                        )
                    }
                )
                for item, kept, passage, places in zip(heard, base, passages, taken, strict=True)
            )
            draft = self._drafter.unaided(Draft(draft_id=_NOBODY, heard=again))
            tally.count(draft.fields[FieldName.CATEGORY], filed)

    def result(self, seen: int) -> ClassifierComparison:
        (_, old), (_, new) = self._sides
        return ClassifierComparison(old=old.figures(), new=new.figures(), seen=seen)

    def _drafted(self, segments: Sequence[SpokenSegment]) -> tuple[SegmentFindings, ...]:
        draft = Draft(draft_id=_NOBODY)
        for segment in segments:
            draft, _ = self._drafter.apply(draft, segment)
        return draft.heard


def _passage(heard: Sequence[SegmentFindings], at: int) -> Passage | None:
    """What a citizen's segment is understood in, as drafting does; None for the agent's words."""
    segment = heard[at].segment
    if segment.speaker != "citizen":
        return None
    before = next((i.segment for i in reversed(heard[:at]) if i.segment.speaker == "citizen"), None)
    return Passage.of(segment, before)
