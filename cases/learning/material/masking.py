"""A citizen's words as clauses without numbers, names and places: the rest may be trained on.

Masked are the spans that drafting found (its evidence), those that its readers find now, and whatever stands
word for word in the filed form. What no reader knows is kept out by `classify.pieces`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from cases.catalogue.fields import load_field_words
from cases.catalogue.words import DraftingWords, Language
from cases.drafting.classify.clauses import clauses
from cases.drafting.classify.orders import orders, similes
from cases.drafting.classify.port import Span, masked
from cases.drafting.details.reader import DetailReader
from cases.drafting.model import Evidence, FieldName, SegmentFindings, SpokenSegment
from cases.drafting.numerals import EN_NUMERAL
from cases.drafting.places.finder import PlaceFinder
from cases.drafting.spans import Passage
from cases.gazetteer.lookup import Gazetteer

PERSONAL = frozenset(
    {
        FieldName.ADDRESS, FieldName.CROSSING, FieldName.DISTRICT, FieldName.SUBDISTRICT, FieldName.CELL,
        FieldName.RELATIVE, FieldName.CALLBACK, FieldName.CALLER, FieldName.ASSET,
    }
)  # fmt: skip
"""Fields whose words say who or where. Count and time say neither, and hold the thing's own word."""
MOST_CLAUSES = 120
"""Clauses of one call that are looked at."""
_ZH = "零〇一二三四五六七八九十百千万两幺"
_NUMBERS_ZH = re.compile(
    rf"[{_ZH}](?:[\s，,、\-—]{{0,2}}[{_ZH}])+|[{_ZH}](?=\s*(?:号|栋|幢|单元|室|楼|层|门|组|弄|巷|村|区|期|路))"
)
_NUMBERS_EN = re.compile(
    rf"\b(number\s+|no\.\s*)?{EN_NUMERAL}(?:[\s,.\-]+(?:(?:double|triple)\s+)?{EN_NUMERAL})*\b", re.IGNORECASE
)
_DIGITS = re.compile(r"[0-9０-９][0-9０-９a-z\-]*", re.IGNORECASE)
_PEOPLE_EN = re.compile(
    r"\b(?:mr|mrs|ms|miss|dr)\b\.?\s+[^\W\d_][\w'’-]*(?:\s+(?-i:[A-Z])[\w'’-]*)?", re.IGNORECASE
)
_LITERAL_CUT = re.compile(r"[0-9０-９]|与|交口|[\s，,、（）()]")
_SHORTEST = 2


class Masker:
    def __init__(self, words: DraftingWords, gazetteer: Gazetteer) -> None:
        fields = load_field_words()
        surname = f"(?:{'|'.join(fields.compound_surnames)}|[{fields.surnames}])"
        titles = "|".join(one for one in fields.titles if one not in {"警察", "物业"})
        self._people = re.compile(rf"{surname}[\u3400-\u9fff]{{0,2}}?(?:{titles})|(?<=姓){surname}")
        self._places = PlaceFinder(words, gazetteer)
        self._details = DetailReader(fields)

    def clauses(
        self, heard: Sequence[SegmentFindings], evidence: Iterable[Evidence] = (), literal: Iterable[str] = ()
    ) -> dict[Language, list[str]]:
        """The citizen's clauses by language, each once. `evidence` are more spans to hide, `literal` texts
        (an address as it was filed, a name) that are hidden wherever they stand.
        """
        spans = _by_segment(heard, evidence)
        hidden = _hidden_texts(literal)
        out: dict[Language, list[str]] = {"zh": [], "en": []}
        known: set[str] = set()
        for at, item in enumerate(heard):
            segment = item.segment
            if segment.speaker != "citizen" or not segment.text.strip():
                continue
            passage = Passage.of(segment, _before(heard, at))
            text = passage.text[passage.cut :]
            taken = [*spans.get(segment.segment_id, ()), *self._found(passage, heard[:at])]
            taken += [span for one in hidden for span in _places_of(one, text)]
            searched = masked(text, taken)
            for start, end in clauses(searched, passage.language):
                said = searched[start:end].strip()
                if said and said not in known and sum(map(len, out.values())) < MOST_CLAUSES:
                    known.add(said)
                    out[passage.language].append(said)
        return out

    def _found(self, passage: Passage, earlier: Sequence[SegmentFindings]) -> list[Span]:
        """What the readers find, as characters of the segment's own text."""
        _, taken = self._places.find(passage)
        own = passage.segment.segment_id
        out = [(start - passage.cut, end - passage.cut) for start, end in taken]
        for candidate in self._details.find(passage, earlier, None, taken):
            if candidate.field in PERSONAL:
                out += [(piece.start, piece.end) for piece in candidate.evidence if piece.segment_id == own]
        text = passage.text[passage.cut :]
        out += [match.span() for match in _DIGITS.finditer(text)]
        if passage.language == "zh":
            out += [
                match.span() for pattern in (_NUMBERS_ZH, self._people) for match in pattern.finditer(text)
            ]
        else:
            out += [match.span() for match in _PEOPLE_EN.finditer(text)]
            # One numeral alone may be a word of the report: two lamps, one lane.
            out += [m.span() for m in _NUMBERS_EN.finditer(text) if m[1] or not m[0].isalpha()]
        out += [*orders(text), *similes(text)]
        return [(max(0, start), end) for start, end in out if end > 0]


def spoken(text: str) -> tuple[SegmentFindings, ...]:
    """A text by itself as if it had been said: a description whose transcript is gone."""
    segment = SpokenSegment(segment_id="description", speaker="citizen", text=text[:4000])
    return (SegmentFindings(segment=segment),)


def _before(heard: Sequence[SegmentFindings], at: int) -> SpokenSegment | None:
    speaker = heard[at].segment.speaker
    return next((i.segment for i in reversed(heard[:at]) if i.segment.speaker == speaker), None)


def _by_segment(heard: Sequence[SegmentFindings], more: Iterable[Evidence]) -> Mapping[str, list[Span]]:
    """Where what drafting found about persons and places stands, by segment."""
    spans: dict[str, list[Span]] = {}
    found = (c for item in heard for c in item.candidates if c.field in PERSONAL)
    for piece in (*(piece for c in found for piece in c.evidence), *more):
        spans.setdefault(piece.segment_id, []).append((piece.start, piece.end))
    return spans


def _hidden_texts(literal: Iterable[str]) -> list[str]:
    """Each text, and the parts between its numbers: 中山路12号 is said as 中山路 too."""
    parts = (part for text in literal for part in (text, *_LITERAL_CUT.split(text)))
    return sorted({one.casefold().strip() for one in parts if len(one.strip()) >= _SHORTEST}, key=len)


def _places_of(wanted: str, text: str) -> list[Span]:
    folded = text.casefold()
    if len(folded) != len(text):
        folded = text
    pattern = rf"\b{re.escape(wanted)}\b" if wanted.isascii() else re.escape(wanted)
    return [match.span() for match in re.finditer(pattern, folded)]
