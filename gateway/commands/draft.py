"""`songhua draft`: the draft that a desk would show for a text or a sound file, and the words for it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cases.drafting.expectation import KEYS
from cases.room import Knowledge, knowledge
from core.errors import SonghuaError
from gateway.commands.common import MISUSED, ConfigOption, JsonOption, err, fail, load, out, print_json, run
from gateway.recorded.documents import TEXT_FIELDS, DraftDocument, gaps_of, lines_of, plain, segments_of
from gateway.recorded.drafted import MOST_TEXT, drafted, segments_of_text
from gateway.recorded.hearing import (
    INCOMPLETE,
    EngineOption,
    HoursOption,
    LangOption,
    ModelOption,
    RecordedLanguage,
    quiet,
    recognise,
    show_wide,
    tell,
)
from gateway.settings import Settings
from speech.recorded.source import MOST_HOURS

TextOption = Annotated[
    str | None,
    typer.Option("--text", help="The text, one line per turn (a: for the agent); - reads stdin."),
]
BESIDES = tuple(name for name in TEXT_FIELDS if name not in {"handoff", "intent", "crossing"})
"""Fields of a draft that are shown where they are filled; a crossing stands in the address."""
AudioOption = Annotated[Path | None, typer.Option("--audio", help="A sound file, as for songhua transcribe.")]


def draft(
    text: TextOption = None,
    audio: AudioOption = None,
    lang: LangOption = RecordedLanguage.AUTO,
    engine: EngineOption = None,
    model: ModelOption = None,
    most_hours: HoursOption = MOST_HOURS,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print a call's draft (category, district, address, urgency, intent …) with its evidence.

    Exit codes: 0 done (also when nothing is filled), 1 it failed, 2 wrong use, 3 the settings are wrong,
    4 done, and some of what was spoken has no text. The JSON is described by docs/schemas/draft.json.
    """
    if (text is None) == (audio is None):
        err.print("give either --text TEXT (or --text -) or --audio FILE")
        raise typer.Exit(MISUSED)
    settings = load(config)
    quiet()
    try:
        if audio is None:
            made = drafted(_known(settings), segments_of_text(_given(text or "")))
        else:
            found = run(recognise(audio, settings, lang, engine=engine, model=model, most_hours=most_hours))
            heard = found.transcript
            made = drafted(_known(settings), segments_of(heard), gaps_of(heard))
    except SonghuaError as error:
        fail(error.detail, error.remedy)
    if as_json:
        print_json(made.model_dump())
    else:
        _show(made)
    if made.gaps:
        tell(f"{len(made.gaps)} utterances have no text")
        raise typer.Exit(INCOMPLETE)


def _known(settings: Settings) -> Knowledge:
    """As the service drafts; when it would refuse the classifiers in force, that is said."""
    known = knowledge(settings.cases)
    if known.classifiers.now.fault:
        tell(known.classifiers.now.fault)
    return known


def _given(text: str) -> str:
    """The text itself, or with `-` what comes on standard input."""
    if text != "-":
        return text
    try:
        return sys.stdin.buffer.read(MOST_TEXT * 4 + 1).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        fail(f"the text is not UTF-8 (byte {error.start})", "convert it: iconv -f GB18030 -t UTF-8")


def _show(made: DraftDocument) -> None:
    for line in lines_of(made.segments):
        typer.echo(line)
    table = Table("field", "value", "shown", "because of", "or")
    besides = [key for key in BESIDES if getattr(made, key).value]
    for key in (*KEYS, *besides):
        held = getattr(made, key)
        value = held.value
        if key == "category" and value:
            value = f"{held.code} {held.name} ({held.scheme}@{held.version})"
        because = "; ".join(f"{one.segment}: {one.words}" for one in held.evidence)
        others = "; ".join(f"{one.name or one.value} {one.confidence:.2f}" for one in held.others)
        said = value if isinstance(value, str) else json.dumps(value)
        shown = f"{held.shown} {held.confidence:.2f}" if held.evidence else ""
        table.add_row(key, *(plain(one) for one in (said, shown, because, others)))
    show_wide(table)
    for one in made.additional_problems:
        words = "; ".join(piece.words for piece in one.evidence)
        out.print(f"another problem: {one.name or one.value} ({plain(words)})", markup=False)
    for alarm in made.alarms:
        out.print(
            f"danger to life: hand over to {alarm.number} ({plain(alarm.evidence.words)})", markup=False
        )
