"""What an agent may set a field to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import get_args

from cases.catalogue.model import Catalogues
from cases.catalogue.words import DraftingWords, IntentName
from cases.drafting.model import FieldName
from cases.gazetteer.lookup import Gazetteer
from core.errors import Invalid

MAX_TEXT = 2000
SHOWN = 40
URGENCIES = ("normal", "urgent", "danger")
_NUMBER = re.compile(r"\+?[0-9][0-9 -]{2,19}")


class FieldRules:
    def __init__(self, *, catalogues: Catalogues, gazetteer: Gazetteer, words: DraftingWords) -> None:
        self._catalogues = catalogues
        self._allowed: Mapping[FieldName, tuple[str, ...]] = {
            FieldName.DISTRICT: tuple(district.code for district in gazetteer.districts),
            FieldName.SUBDISTRICT: tuple(one.code for one in gazetteer.subdistricts),
            FieldName.URGENCY: URGENCIES,
            FieldName.HANDOFF: tuple(words.numbers),
            FieldName.INTENT: get_args(IntentName),
        }

    def checked(self, name: FieldName, value: str | None) -> str | None:
        """The agent's value as it may be stored, None for an empty one. Raises `Invalid`."""
        text = (value or "").strip()
        if not text:
            return None
        if len(text) > MAX_TEXT:
            raise Invalid(f"longer than {MAX_TEXT} characters", remedy="shorten it")
        if name is FieldName.CATEGORY:
            return self._catalogues.by_ref(text).ref
        if name is FieldName.CALLBACK and not _NUMBER.fullmatch(text):
            raise Invalid("not a telephone number", remedy="digits, with + and - where they belong")
        allowed = self._allowed.get(name)
        if allowed is not None and text not in allowed:
            raise Invalid(f"not a value of {name.value}", remedy=f"one of: {', '.join(allowed[:SHOWN])}")
        return text
