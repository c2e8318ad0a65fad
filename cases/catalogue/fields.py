"""The words around the smaller facts of a report, as `words/fields.yaml` has them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal

from cases.catalogue.loading import read
from cases.catalogue.words import CatalogueRow, PerLanguage

AssetKind = Literal["pole", "manhole", "box", "other"]


class DetailWords(CatalogueRow):
    """`things` can be counted, `assets` carry numbers; `phone` tells numbers to call, `no_phone` others."""

    things: PerLanguage
    classifiers: str
    phone: PerLanguage
    no_phone: PerLanguage
    assets: Mapping[AssetKind, PerLanguage]
    asset_cues: PerLanguage
    surnames: str
    compound_surnames: tuple[str, ...]
    titles: tuple[str, ...]


@lru_cache(maxsize=1)
def load_field_words() -> DetailWords:
    """Raises `BrokenTable`."""
    return read(Path(__file__).parent / "words" / "fields.yaml", DetailWords)
