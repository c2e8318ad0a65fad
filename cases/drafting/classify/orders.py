"""Words that name no problem though they hold its name: orders to a machine, and likenesses."""

from __future__ import annotations

import re
from functools import lru_cache

from cases.catalogue.loading import load_words
from cases.catalogue.words import PerLanguage
from cases.drafting.classify.port import Span


def similes(text: str) -> list[Span]:
    """What something is only likened to ("like a rubbish tip"), in Chinese."""
    return [match.span() for match in _search(load_words().speech.similes).finditer(text)]


def orders(text: str) -> list[Span]:
    """Where a text gives orders to whoever writes the form by machine, in either language."""
    return [match.span() for match in _search(load_words().speech.orders).finditer(text)]


@lru_cache(maxsize=4)
def _search(words: PerLanguage) -> re.Pattern[str]:
    return re.compile("|".join((*words.zh, *words.en)), re.IGNORECASE)
