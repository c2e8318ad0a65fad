"""Writes docs/prompts.md from the ledger of rendered prompts."""

from __future__ import annotations

from pathlib import Path
from statistics import mean
from typing import Any

OUTLIER = 0.25
WORDS = ("digit-", "number-", "count-")

HEAD = """# Prompts: how well each is understood

Every file under `ivr/prompts/{zh,en}` was rendered by `scripts/render-prompts` and then heard, through
G.711 µ-law, by Whisper base (beam 5, no temperature fallback, no hint of the text). CER is character
edits for each character of the text; punctuation is left out, numerals are read as words, traditional
characters as simplified ones. A homophone counts as an error. Of several takes the one that was understood
best was kept, so the figures are the best of those tried. The voices are machines, and no person has
graded them.

Mandarin: Kokoro-82M (Apache-2.0; its ONNX export MIT) behind the Mandarin phonemiser of misaki
(Apache-2.0). Its package has Japanese speakers only, so the Mandarin has an accent. English: the piper
voice `en_US-joe-medium` (dataset CC0); piper itself (GPL-3.0-or-later) is run as a build tool and is no
part of the gateway. espeak is not a voice here (piper uses its phoneme tables). A city should have both
sets spoken by a person: replace the files, keep the ids.

A single word tells a recogniser little (`digit-`, `number-`, `count-`), so digits are also marked as they are
used: after the sentence "your case number is", one after another.

"""


def is_word(key: str) -> bool:
    """A single number word, `zh/digit-1`."""
    return key.partition("/")[2].startswith(WORDS)


def write_table(path: Path, rows: dict[str, dict[str, Any]], strings: list[dict[str, Any]]) -> None:
    lines = [HEAD]
    for language, name in (("zh", "Mandarin"), ("en", "English")):
        own = {key: row for key, row in sorted(rows.items()) if key.startswith(f"{language}/")}
        if not own:
            continue
        sentences = [row["cer"] for key, row in own.items() if not is_word(key)]
        words = [row["cer"] for key, row in own.items() if is_word(key)]
        outliers = [f"`{key}` {row['cer']:.0%}" for key, row in own.items() if row["cer"] > OUTLIER]
        lines.append(f"## {name}\n\n")
        lines.append(
            f"Mean CER over {len(own)} files: **{mean(row['cer'] for row in own.values()):.1%}** "
            f"(sentences {mean(sentences):.1%}, single number words {mean(words):.1%}). "
        )
        if language == "en":
            lines.append(f"Mean WER: {mean(row['wer'] for row in own.values()):.1%}. ")
        lines.append(f"Outliers above {OUTLIER:.0%}: {', '.join(outliers) or 'none'}.\n\n")
        lines.append("| id | text | heard | CER | voice | speed | s |\n|---|---|---|---|---|---|---|\n")
        lines += [
            f"| {key.split('/')[1]} | {row['text']} | {row['heard']} | {row['cer']:.0%} "
            f"| {row['voice']} | {row['speed']} | {row['seconds']} |\n"
            for key, row in own.items()
        ]
        lines.append("\n")
        lines += [
            f"Digits in use: `{string['text']}` heard as `{string['heard']}` (CER {string['cer']:.0%}).\n\n"
            for string in strings
            if string["language"] == language
        ]
    path.write_text("".join(lines).rstrip() + "\n", encoding="utf-8")
