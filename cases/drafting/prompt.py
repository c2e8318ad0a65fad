"""Words that help a speech recogniser: the problems that callers speak of most, and the districts.

No streets: a recogniser that was told of streets hears them where other words were said.
"""

from __future__ import annotations

from cases.catalogue.words import DraftingWords, Language
from cases.gazetteer.lookup import Gazetteer

URBAN_DISTRICTS = 9
"""The districts proper; counties are seldom named on the phone."""


def domain_words(words: DraftingWords, gazetteer: Gazetteer, language: Language, limit: int) -> list[str]:
    """Up to `limit` words: problems in the order of the table, then districts."""
    near = gazetteer.districts[:URBAN_DISTRICTS]
    districts = [d.name_zh if language == "zh" else d.name_en for d in near]
    return list(dict.fromkeys((*words.hints.of(language), *districts)))[:limit]
