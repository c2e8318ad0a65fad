"""The words of a printed case, out of `words.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

Language = Literal["zh", "en"]
_TABLE = Path(__file__).with_name("words.yaml")


@cache
def _table() -> Mapping[str, Any]:
    """Read once."""
    with _TABLE.open(encoding="utf-8") as stream:
        return dict(yaml.safe_load(stream))


class DocumentWords:
    """Words in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._place = ("zh", "en").index(language)

    def __call__(self, key: str, **values: object) -> str:
        """The words of a key. Raises `KeyError`."""
        return str(_table()[key][self._place]).format(**values)

    def of(self, group: str, key: str | None) -> str:
        """The word of a key in a group; the key itself where the table has none."""
        found = _table()[group].get(key or "")
        return str(found[self._place]) if found else key or ""
