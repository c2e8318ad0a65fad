"""Words that help a speech recogniser: problems as callers name them, and names of places."""

from __future__ import annotations

from itertools import chain, zip_longest

from cases.catalogue.words import Language, Words
from cases.gazetteer.lookup import Gazetteer

URBAN_DISTRICTS = 9
"""The districts proper; counties are seldom named on the phone."""


def domain_words(words: Words, gazetteer: Gazetteer, language: Language, limit: int) -> list[str]:
    """Up to `limit` words: districts first, then places and problems by turns."""
    problems = [
        pattern.terms[0][0]
        for pattern in words.problems
        if pattern.language == language and len(pattern.terms[0][0]) > 1
    ]
    chinese = language == "zh"
    districts = [d.name_zh if chinese else d.name_en for d in gazetteer.districts[:URBAN_DISTRICTS]]
    places = [place.name_zh if chinese else place.name_en for place in gazetteer.places]
    turns = (word for pair in zip_longest(places, problems) for word in pair if word)
    return list(dict.fromkeys(chain(districts, turns)))[:limit]
