"""Keeps a draft up to date: `apply` for what is said, `edit` for what the agent decides. Both are pure.

A field changes only on better evidence; an agent's edit is never overwritten. The one exception is danger
to life heard after the edit: it is shown again, in any state of the draft.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from uuid import UUID

from cases.catalogue.departments import Departments, load_departments
from cases.catalogue.fields import load_field_words
from cases.catalogue.model import Catalogue
from cases.catalogue.words import DraftingWords, Language
from cases.drafting.additional_problems import about, additional_problems
from cases.drafting.classify.finder import CategoryFinder
from cases.drafting.classify.loading import load_classifiers, load_whole
from cases.drafting.classify.port import Classifier
from cases.drafting.classify.scores import Scores
from cases.drafting.danger import DangerFinder
from cases.drafting.derived import department, with_position
from cases.drafting.details.reader import DetailReader
from cases.drafting.doubts import Doubts
from cases.drafting.intents import IntentFinder
from cases.drafting.model import (
    WHOLE,
    Alternative,
    Draft,
    FieldChange,
    FieldName,
    FieldValue,
    SegmentFindings,
    Speaker,
    SpokenSegment,
)
from cases.drafting.places.finder import PlaceFinder
from cases.drafting.recognition import Recognition
from cases.drafting.resolve import OFFERED, Proposal, resolve
from cases.drafting.so_far import so_far
from cases.drafting.spans import Passage
from cases.drafting.urgency import UrgencyFinder
from cases.errors import StaleField
from cases.gazetteer.lookup import Gazetteer
from cases.shown import Shown, in_field
from core.errors import Invalid

BETTER_BY = 0.05
"""How much surer another value must be before it takes the place of one that is shown."""
MAX_SEGMENTS = 200
"""Segments that a draft remembers, of which each costs when one more is heard; those that say least are
forgotten first.
"""
RECENT = 6
"""Segments before one in which the beginning of its danger is looked for."""
LATER = 2
"""Segments of the same speaker that are understood together with one before them."""
_LONGEST_CALL_S = 86_400.0
_DANGER_FIELDS = frozenset({FieldName.URGENCY, FieldName.HANDOFF})


class Drafter:
    """Drafting with one catalogue generation, its words and one gazetteer."""

    def __init__(
        self,
        *,
        words: DraftingWords,
        catalogue: Catalogue,
        gazetteer: Gazetteer,
        departments: Departments | None = None,
        timezone_h: float = 8.0,
        classifiers: Sequence[Classifier] | None = None,
        whole: Mapping[Language, Scores] | None = None,
        danger: DangerFinder | None = None,
        intents: IntentFinder | None = None,
        urgency: UrgencyFinder | None = None,
    ) -> None:
        self._words = words
        self._catalogue = catalogue
        self._whole = load_whole(catalogue) if whole is None else whole
        self.use(load_classifiers(words, catalogue) if classifiers is None else classifiers)
        self._places = PlaceFinder(words, gazetteer)
        self._danger = danger or DangerFinder(words)
        self._intents = intents or IntentFinder(words)
        self._urgency = urgency or UrgencyFinder(words)
        self._details = DetailReader(load_field_words())
        self._zone = timezone(timedelta(hours=timezone_h))
        self._gazetteer = gazetteer
        self._departments = departments or load_departments(catalogue)

    def use(self, classifiers: Sequence[Classifier]) -> None:
        """Ask these from the next segment on; what was found in the segments before stays."""
        self._categories = CategoryFinder(classifiers, self._catalogue, self._whole)

    def apply(self, draft: Draft, segment: SpokenSegment) -> tuple[Draft, tuple[FieldChange, ...]]:
        """The draft after this segment, and which fields changed.

        A segment with a known id replaces the earlier text; the same text again changes nothing, and a
        partial never replaces a final.
        """
        heard = list(draft.heard)
        at = next((i for i, item in enumerate(heard) if item.segment.segment_id == segment.segment_id), None)
        speakers = {segment.speaker}
        if at is not None:
            known = heard[at].segment
            speakers.add(known.speaker)
            if known == segment or (known.final and not segment.final):
                return draft, ()
            heard[at] = self._hear(segment, heard[:at], draft.began_at)
        else:
            at = len(heard)
            heard.append(self._hear(segment, heard, draft.began_at))
        for speaker in sorted(speakers):
            self._hear_again_after(heard, at, speaker, draft.began_at)
        heard, dropped = _bounded(heard)
        return self._settled(
            draft.model_copy(update={"heard": tuple(heard), "dropped": draft.dropped + dropped})
        )

    def edit(
        self, draft: Draft, name: FieldName, value: str | None, *, expected_rev: int
    ) -> tuple[Draft, tuple[FieldChange, ...]]:
        """The draft with the agent's value in it; None says that the field is to stay empty.

        Raises `StaleField` when another agent's edit came in between. Drafting itself never makes an
        agent's edit stale.
        """
        present = draft.fields[name]
        if present.by == "agent" and present.rev != expected_rev:
            raise StaleField(
                "another edit came first", remedy="look at the field again", field=name.value, rev=present.rev
            )
        if present.by == "agent" and present.value == value:
            return draft, ()
        shown = Shown.OFFERED if value is None else Shown.SURE
        edited = FieldValue(value=value, confidence=1.0, shown=shown, by="agent", rev=draft.rev + 1)
        heard = draft.heard
        if name in _DANGER_FIELDS:
            heard = tuple(
                item.model_copy(
                    update={"alarms": tuple(a.model_copy(update={"dismissed": True}) for a in item.alarms)}
                )
                if item.alarms
                else item
                for item in heard
            )
        fields = {**draft.fields, name: edited}
        more = draft.additional_problems
        if name is FieldName.CATEGORY:
            fields[FieldName.DEPARTMENT] = self._department(fields, draft.rev + 1)
            more = tuple(one for one in more if one.category != value)
        after = draft.model_copy(
            update={"rev": draft.rev + 1, "fields": fields, "heard": heard, "additional_problems": more}
        )
        return after, (FieldChange(field=name, before=present.value, after=value),)

    def unaided(self, draft: Draft) -> Draft:
        """What drafting alone makes of everything that was said: the agent's edits left out."""
        heard = tuple(
            item.model_copy(
                update={"alarms": tuple(a.model_copy(update={"dismissed": False}) for a in item.alarms)}
            )
            if item.alarms
            else item
            for item in draft.heard
        )
        blank = Draft(
            draft_id=draft.draft_id,
            call_id=draft.call_id,
            heard=heard,
            began_at=draft.began_at,
            about=draft.about,
            opened=draft.opened,
            source=draft.source,
            position=draft.position,
        )
        return self._settled(blank)[0]

    def _hear(
        self, segment: SpokenSegment, earlier: Sequence[SegmentFindings], began_at: datetime | None
    ) -> SegmentFindings:
        before = next((i.segment for i in reversed(earlier) if i.segment.speaker == segment.speaker), None)
        passage = Passage.of(segment, before)
        places, taken = self._places.find(passage, _asked(segment, earlier))
        details = self._details.find(passage, earlier, self._time_of(segment, began_at), taken)
        if segment.speaker == "agent":
            return SegmentFindings(segment=segment, candidates=(*places, *details))
        dangers = self._danger.find(segment, [item.segment for item in earlier[-RECENT:]])
        said = so_far(earlier, passage, taken)
        return SegmentFindings(
            segment=segment,
            candidates=(
                *places,
                *self._categories.find(passage, taken, said),
                *self._intents.find(passage, taken, said),
                *dangers.urgent,
                *self._urgency.find(passage, taken, said),
                *details,
            ),
            alarms=dangers.alarms,
        )

    def _department(self, fields: Mapping[FieldName, FieldValue], rev: int) -> FieldValue:
        """It follows the class, whoever chose that; what an agent set it to stays."""
        before = fields[FieldName.DEPARTMENT]
        ranked = department(fields[FieldName.CATEGORY], self._departments)
        if before.by == "agent" or (not ranked and before.value is None):
            return before
        if not ranked:
            return FieldValue(rev=rev)
        best = ranked[0]
        return FieldValue(
            value=best.value,
            confidence=best.confidence,
            shown=in_field(best.shown),
            evidence=best.evidence,
            rev=before.rev if best.value == before.value else rev,
            detail=best.detail,
        )

    def _time_of(self, segment: SpokenSegment, began_at: datetime | None) -> datetime | None:
        """When the words were said, in the city's own time."""
        if began_at is None:
            return None
        seconds = min(max(segment.start, 0.0), _LONGEST_CALL_S)
        return began_at.astimezone(self._zone) + timedelta(seconds=seconds)

    def _hear_again_after(
        self, heard: list[SegmentFindings], at: int, speaker: Speaker, began_at: datetime | None
    ) -> None:
        """The next segments of the same speaker were understood together with this one."""
        left = LATER
        for index in range(at + 1, len(heard)):
            if heard[index].segment.speaker == speaker:
                old = heard[index]
                new = self._hear(old.segment, heard[:index], began_at)
                dismissed = {alarm.rule for alarm in old.alarms if alarm.dismissed}
                alarms = tuple(a.model_copy(update={"dismissed": a.rule in dismissed}) for a in new.alarms)
                heard[index] = new.model_copy(update={"alarms": alarms})
                left -= 1
                if left == 0:
                    return

    def _settled(self, draft: Draft) -> tuple[Draft, tuple[FieldChange, ...]]:
        proposals = resolve(draft.heard, self._words, self._danger)
        doubts = Doubts(draft.heard, {name: tuple(ranked) for name, ranked in proposals.items()})
        _one_place(proposals)
        categories = about(proposals[FieldName.CATEGORY], draft.about)
        proposals[FieldName.CATEGORY] = categories
        proposals[FieldName.ADDRESS] = with_position(proposals[FieldName.ADDRESS], self._gazetteer)
        recognition = Recognition(draft.heard)
        fields: dict[FieldName, FieldValue] = dict(draft.fields)
        changes: list[FieldChange] = []
        rev = draft.rev + 1
        for name, ranked in proposals.items():
            if name is FieldName.DEPARTMENT:
                continue
            before = fields[name]
            after = _next_value(name, before, ranked, rev, recognition, doubts)
            if after is before:
                continue
            fields[name] = after
            if after.value != before.value:
                changes.append(FieldChange(field=name, before=before.value, after=after.value))
        fields[FieldName.DEPARTMENT] = self._department(fields, rev)
        more = additional_problems(draft.heard, categories, fields[FieldName.CATEGORY].value)
        more = tuple(one for one in more if one.category not in draft.opened) if draft.about is None else ()
        update = {"fields": fields, "rev": rev if changes else draft.rev, "additional_problems": more}
        return draft.model_copy(update=update), tuple(changes)

    def open_additional_problem(self, draft: Draft, category: str, draft_id: UUID) -> tuple[Draft, Draft]:
        """The draft, and another one for the second problem that it offers, with the same words and evidence.

        Raises `Invalid` when the draft offers no such problem (any more).
        """
        if category not in {one.category for one in draft.additional_problems}:
            raise Invalid("this draft offers no such further problem", remedy="reload the call's drafts")
        origin = draft.model_copy(
            update={
                "opened": (*draft.opened, category),
                "additional_problems": tuple(
                    one for one in draft.additional_problems if one.category != category
                ),
                "rev": draft.rev + 1,
            }
        )
        other = Draft(
            draft_id=draft_id,
            call_id=draft.call_id,
            heard=draft.heard,
            began_at=draft.began_at,
            about=category,
            source=draft.source,
            position=draft.position,
            of_report=draft.report_id,
        )
        return origin, self._settled(other)[0]


def _next_value(
    name: FieldName,
    before: FieldValue,
    ranked: Sequence[Proposal],
    rev: int,
    recognition: Recognition,
    doubts: Doubts,
) -> FieldValue:
    best = ranked[0] if ranked and ranked[0].fills else None
    if before.by == "agent" and not (name in _DANGER_FIELDS and best is not None and _is_danger(name, best)):
        return before
    if best is None:
        return _empty(before, ranked, rev)
    if before.value is not None and best.value != before.value and before.by == "draft":
        mine = next((p for p in ranked if p.value == before.value), None)
        refined = best.value.startswith(before.value)
        if mine is not None and not refined and _stays(mine, best):
            best = mine
    changed = best.value != before.value or before.by == "agent"
    doubtful = doubts.about(name, best)
    best = recognition.at_most(best, together=name is FieldName.CATEGORY)
    if doubtful:
        best = best.limited(Shown.DOUBTFUL)
    return FieldValue(
        value=best.value,
        confidence=best.confidence,
        shown=in_field(best.shown),
        evidence=best.evidence,
        runner_up=best.others[0] if best.others else None,
        others=best.others,
        detail=best.detail,
        rev=rev if changed else before.rev,
    )


def _stays(mine: Proposal, best: Proposal) -> bool:
    """Whether the value that is shown stays beside a better one."""
    return best.confidence < mine.confidence + BETTER_BY if mine.near is None else mine.near


def _empty(before: FieldValue, ranked: Sequence[Proposal], rev: int) -> FieldValue:
    """Nothing is sure enough to stand in the field; the best guesses are offered beside it."""
    guesses = [p for p in ranked if p.shown is not None][:OFFERED]
    others = tuple(Alternative(value=p.value, confidence=p.confidence) for p in guesses)
    if before.value is None and before.by == "draft" and before.others == others:
        return before
    emptied = before.value is not None or before.by == "agent"
    return FieldValue(
        runner_up=others[0] if others else None, others=others, rev=rev if emptied else before.rev
    )


def _asked(segment: SpokenSegment, earlier: Sequence[SegmentFindings]) -> str:
    """What the other speaker said right before; empty where the same one goes on."""
    last = earlier[-1].segment if earlier else None
    return "" if last is None or last.speaker == segment.speaker else last.text


def _is_danger(name: FieldName, best: Proposal) -> bool:
    return name is FieldName.HANDOFF or best.value == "danger"


def _one_place(proposals: Mapping[FieldName, list[Proposal]]) -> None:
    """A crossing's streets are not an address beside it, unless a house number was said."""
    crossings = proposals[FieldName.CROSSING]
    if not crossings or not crossings[0].fills:
        return
    streets = crossings[0].value.removesuffix("交口").split("与")
    addresses = proposals[FieldName.ADDRESS]
    addresses[:] = [p for p in addresses if p.value not in streets]


def _bounded(heard: list[SegmentFindings]) -> tuple[list[SegmentFindings], int]:
    """Without those of least worth, of two that say as little the earlier one; and how many were dropped."""
    dropped = 0
    while len(heard) > MAX_SEGMENTS:
        weakest = min(range(len(heard) - 1), key=lambda at: heard[at].kept(_worth))
        del heard[weakest]
        dropped += 1
    return heard, dropped


def _worth(heard: SegmentFindings) -> tuple[bool, float, float]:
    """What a draft would lose with this segment.

    Words of a problem or place come first. A trained classifier guesses something of nearly every sentence,
    and many sound like some intent: these only part what says nothing else.
    """
    said = guessed = 0.0
    for one in heard.candidates:
        intent = one.field is FieldName.INTENT
        if one.in_words and not intent:
            said = max(said, one.weight)
        elif one.source != WHOLE and (one.in_words or not intent):
            guessed = max(guessed, one.weight)
    return bool(heard.alarms), said, guessed
