"""What a draft says beside what somebody expected it to say: the form of the demo's `--expect` file.

A key that is absent is not compared; null means that nothing may be filled; a list holds right answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cases.catalogue.model import Catalogues
from cases.drafting.model import Draft, FieldName, SpokenSegment
from cases.drafting.places.finder import PlaceFinder
from cases.drafting.spans import Passage
from cases.gazetteer.lookup import Gazetteer

Answer = str | bool | None
Expected = Answer | list[Answer] | tuple[Answer, ...]
KEYS = ("district", "address", "category", "urgent", "handoff", "intent")
_SAME_INTENT: Mapping[str, str] = {
    "question": "enquiry", "query": "enquiry", "inquiry": "enquiry", "information": "enquiry",
    "consultation": "enquiry", "progress": "status", "follow_up": "status", "follow-up": "status",
    "case": "report", "incident": "report",
}  # fmt: skip
_NOISE = re.compile(r"[\s,，。.、/]|黑龙江省|哈尔滨市|哈尔滨|附近|门口|旁边|对面")


@dataclass(frozen=True, slots=True)
class ComparedField:
    """One compared key; `drafted` is what a person reads, None where the field is empty."""

    key: str
    expected: Expected
    drafted: Answer
    agrees: bool


class DraftComparison:
    """Compares by meaning: code or name, either language, any way to write numbers."""

    def __init__(self, *, catalogues: Catalogues, gazetteer: Gazetteer, places: PlaceFinder) -> None:
        self._catalogues = catalogues
        self._gazetteer = gazetteer
        self._places = places

    def view(self, draft: Draft) -> dict[str, Answer]:
        """The draft in the keys of an expectation."""
        category = draft.value(FieldName.CATEGORY)
        district = self._gazetteer.district(draft.value(FieldName.DISTRICT) or "")
        address = draft.value(FieldName.ADDRESS)
        crossing = draft.value(FieldName.CROSSING)
        return {
            "district": district.name_zh if district else None,
            "address": address if address and address.endswith("号") else (crossing or address),
            "category": self._catalogues.by_ref(category).name_zh if category else None,
            "urgent": draft.value(FieldName.URGENCY) in {"urgent", "danger"},
            "handoff": draft.value(FieldName.HANDOFF),
            "intent": draft.value(FieldName.INTENT),
        }

    def compare(self, expected: Mapping[str, Expected], draft: Draft) -> list[ComparedField]:
        """One line for each key of `expected` that is known; unknown keys are compared as not agreeing."""
        drafted = self.view(draft)
        lines = []
        for key, want in expected.items():
            got = drafted.get(key)
            wanted = list(want) if isinstance(want, (list, tuple)) else [want]
            agrees = key in drafted and any(self._same(key, one, got, draft) for one in wanted)
            lines.append(ComparedField(key, want, got, agrees))
        return lines

    def _same(self, key: str, want: Answer, got: Answer, draft: Draft) -> bool:
        if key == "urgent":
            return bool(want) == bool(got)
        if want is None or got is None:
            return want is None and got is None
        wanted, given = str(want).strip(), str(got)
        same = {
            "category": lambda: self._same_category(wanted, draft.value(FieldName.CATEGORY) or ""),
            "district": lambda: self._same_district(wanted, draft.value(FieldName.DISTRICT) or ""),
            "address": lambda: self._same_address(wanted, given),
            "intent": lambda: intent_named(wanted) == given,
        }
        return same.get(key, lambda: wanted == given)()

    def _same_category(self, wanted: str, ref: str) -> bool:
        row = self._catalogues.by_ref(ref)
        folded = wanted.casefold()
        if folded in {row.code.casefold(), row.ref.casefold(), row.name_zh, row.name_en.casefold()}:
            return True
        named = {name.name_zh for name in self._catalogues.default.rows.values()}
        # A name that is no class by itself (井盖) stands for every class that holds it.
        return wanted not in named and len(wanted) > 1 and wanted in row.name_zh

    def _same_district(self, wanted: str, code: str) -> bool:
        district = self._gazetteer.district(code)
        if district is None:
            return False
        names = {
            code, district.name_zh, district.name_zh[:-1], district.name_en.casefold(),
            district.short_en.casefold(),
        }  # fmt: skip
        return wanted.casefold() in names or wanted.removeprefix("哈尔滨市") in names

    def _same_address(self, wanted: str, given: str) -> bool:
        mine, theirs = self._canonical(given), self._canonical(wanted)
        return mine == theirs or bool(mine & theirs and len(mine) == len(theirs) == 1)

    def _canonical(self, text: str) -> frozenset[str]:
        """The address as drafting would write it; a crossing as its streets, in any order."""
        segment = SpokenSegment(segment_id="expected", speaker="citizen", text=text[:200])
        found, _ = self._places.find(Passage.of(segment))
        crossings = [c.value for c in found if c.field is FieldName.CROSSING]
        if crossings:
            return frozenset(crossings[0].removesuffix("交口").split("与"))
        addresses = [c for c in found if c.field is FieldName.ADDRESS]
        if addresses:
            best = max(addresses, key=lambda c: (c.weight, len(c.value)))
            return frozenset({best.value})
        return frozenset({_NOISE.sub("", text).casefold()})


def intent_named(name: str) -> str:
    """The intent that `name` means, `name` itself when it is none."""
    folded = name.casefold()
    return _SAME_INTENT.get(folded, folded)
