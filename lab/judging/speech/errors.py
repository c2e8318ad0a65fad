"""How much of what was said was recognised wrongly: characters of Mandarin, words of English, added up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import jiwer

from lab.prompts.listener import plain


@dataclass(slots=True)
class Errors:
    """Edits for `said` characters (Mandarin) or words (English)."""

    edits: int = 0
    said: int = 0
    legs: int = 0

    @property
    def rate(self) -> float | None:
        """Above 1 where more was made up than said."""
        return self.edits / self.said if self.said else None

    def add(self, said: str, heard: str, language: str) -> None:
        want, got = _plain(said, language), _plain(heard, language)
        if not want:
            return
        one = (
            jiwer.process_characters([want], [got])
            if language == "zh"
            else jiwer.process_words([want], [got])
        )
        self.edits += one.substitutions + one.deletions + one.insertions
        self.said += one.hits + one.substitutions + one.deletions
        self.legs += 1


def _plain(text: str, language: str) -> str:
    """Without punctuation, numerals as words; a numeral that cannot be read stays as it is."""
    try:
        return plain(text, language)
    except (ValueError, TypeError, KeyError, IndexError):
        return "".join(character for character in text.casefold() if character.isalnum())


Table = Mapping[tuple[str, str, str], Mapping[str, Errors]]
"""By language, who speaks and voice; then by condition."""


def error_table(found: Table, titles: Mapping[str, str]) -> str:
    conditions = [name for name in titles if any(name in row for row in found.values())]
    lines = [
        "| voice | legs | " + " | ".join(titles[name] for name in conditions) + " |",
        "|---|---|" + "---|" * len(conditions),
    ]
    for (language, who, voice), row in sorted(found.items(), key=lambda item: item[0], reverse=True):
        legs = max(one.legs for one in row.values())
        cells = [_shown(row.get(name), language) for name in conditions]
        lines.append(f"| {language}, {who}, {voice} | {legs} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _shown(errors: Errors | None, language: str) -> str:
    if errors is None or errors.rate is None:
        return "–"
    unit = "CER" if language == "zh" else "WER"
    return f"{unit} {100 * errors.rate:.1f} %"
