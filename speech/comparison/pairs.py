"""The operator's own recordings: each sound file with a text file of the same name beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import Invalid
from speech.comparison.scoring import language_of

ENDINGS: Final = (".wav", ".alaw", ".ulaw", ".mp3", ".m4a", ".ogg", ".opus", ".flac", ".amr")
MOST_PAIRS: Final = 2000
_MOST_TEXT: Final = 200_000
_WHEN: Final = re.compile(r"^\s*\d+(?:\.\d+)?\s{1,}(?=\D)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ComparisonPair:
    """`said` in the order in which it was spoken, by both speakers if there are two."""

    sound: Path
    said: str
    language: str


def pairs_in(folder: Path) -> list[ComparisonPair]:
    """Every pair, by name. Seconds at the start of a text's line are no words. Raises `Invalid`."""
    remedy = "put NAME.txt with what was said (UTF-8) beside each NAME.wav"
    if not folder.is_dir():
        raise Invalid(f"there is no folder {folder}", remedy=remedy)
    sounds = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in ENDINGS]
    found = []
    for sound in sounds:
        text = sound.with_suffix(".txt")
        if not text.is_file():
            continue
        try:
            said = _WHEN.sub("", text.read_text(encoding="utf-8-sig")[:_MOST_TEXT]).strip()
        except UnicodeDecodeError as error:
            raise Invalid(f"{text} is not UTF-8", remedy="iconv -f GB18030 -t UTF-8") from error
        if said:
            found.append(ComparisonPair(sound, said, language_of(said)))
        if len(found) > MOST_PAIRS:
            raise Invalid(f"more than {MOST_PAIRS} pairs", remedy="give fewer of them")
    if not found:
        raise Invalid(f"{folder} has no sound file with a text file of the same name", remedy=remedy)
    return found
