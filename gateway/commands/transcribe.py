"""`songhua transcribe`: what was said in a sound file, by the recogniser that transcribes calls."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.common import ConfigOption, JsonOption, load, print_json, run
from gateway.recorded.documents import RecogniserWork, TranscriptDocument, gaps_of, lines_of, segments_of
from gateway.recorded.hearing import (
    INCOMPLETE,
    EngineOption,
    HoursOption,
    LangOption,
    ModelOption,
    Recognised,
    RecordedLanguage,
    recognise,
    tell,
)
from speech.recorded.source import MOST_HOURS


def transcribe(
    file: Annotated[Path, typer.Argument(help="A WAV file of any kind, .alaw, or what ffmpeg reads.")],
    lang: LangOption = RecordedLanguage.AUTO,
    engine: EngineOption = None,
    model: ModelOption = None,
    most_hours: HoursOption = MOST_HOURS,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print what was said in FILE. Two channels are two speakers, the citizen first.

    Exit codes: 0 done, 1 it failed, 2 wrong use, 3 the settings are wrong, 4 done, and some of what was
    spoken has no text. The JSON is described by docs/schemas/transcript.json.
    """
    settings = load(config)
    work = recognise(file, settings, lang, engine=engine, model=model, most_hours=most_hours)
    found = run(work)
    if as_json:
        print_json(document(file, found).model_dump())
    else:
        for line in lines_of(segments_of(found.transcript)):
            typer.echo(line)
        if not found.transcript.segments:
            tell("nobody is heard speaking")
    if found.transcript.gaps:
        tell(f"{len(found.transcript.gaps)} utterances have no text")
        raise typer.Exit(INCOMPLETE)


def document(file: Path, found: Recognised) -> TranscriptDocument:
    """The transcript as the command's JSON; seconds from the beginning of the file."""
    return TranscriptDocument(
        file=file.name,
        seconds=round(found.transcript.seconds, 3),
        channels=found.channels,
        engine=found.engine,
        model=found.model,
        segments=segments_of(found.transcript),
        gaps=gaps_of(found.transcript),
        work=RecogniserWork(
            load_s=found.load_s, wall_s=found.wall_s, cpu_s=found.cpu_s, memory_mb=found.memory_mb
        ),
    )
