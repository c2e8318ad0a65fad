"""Shared code of `draft`, `transcribe` and `speech bench`: options, recogniser, transcription of a file."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, get_args

import typer
from rich.console import Console
from rich.table import Table

from cases.catalogue import load_words
from cases.catalogue.words import Language
from cases.drafting.prompt import domain_words
from cases.gazetteer import load_gazetteer
from core.log import configure
from gateway.commands.common import err, out
from gateway.settings import Settings
from speech.engines import installed
from speech.errors import ModelMissing, UnknownEngine
from speech.models import check_for_engine, located, record
from speech.models.store import ModelStore
from speech.recorded.recogniser import recogniser
from speech.recorded.source import MOST_HOURS, open_sound
from speech.recorded.transcription import Transcript, TranscriptionOptions, TranscriptionProgress, transcribe
from speech.workers.process import WorkerCommand

HINTS: Final = 60
INCOMPLETE: Final = 4
"""Exit code: done, and some of what was spoken has no text."""
_TELL_EVERY_S: Final = 5.0
_WIDE: Final = 160


class RecordedLanguage(StrEnum):
    AUTO = "auto"
    ZH = "zh"
    EN = "en"


LangOption = Annotated[
    RecordedLanguage, typer.Option("--language", help="Language; auto detects it for each speaker.")
]
EngineOption = Annotated[
    str | None, typer.Option("--engine", help="Recogniser: vosk, whisper, or an installed plug-in.")
]
ModelOption = Annotated[
    Path | None, typer.Option("--model", help="Folder of a model, or the name of one that was added.")
]
HoursOption = Annotated[
    float, typer.Option("--most-hours", min=0.01, max=100, help="Longer files are refused.")
]


@dataclass(frozen=True, slots=True)
class Recognised:
    """A file's transcript and what it took; seconds and MB."""

    transcript: Transcript
    channels: int
    engine: str
    model: str
    load_s: float
    wall_s: float
    cpu_s: float
    memory_mb: float


def command_for(
    settings: Settings,
    engine: str | None,
    model: Path | None,
    spoken: RecordedLanguage,
    *,
    partials: bool = False,
) -> WorkerCommand:
    """The engine with a model that it can load. Raises `UnknownEngine`, `ModelMissing`, `ModelUnfit`."""
    speech = settings.speech
    name = engine or speech.engine
    if name not in installed() and ":" not in name:
        raise UnknownEngine(f"no engine {name!r}", remedy=f"there are: {', '.join(installed())}")
    folder = located(model, speech.models) if model else _usual_model(settings, name, spoken)
    check_for_engine(name, folder)
    known = record.read(folder)
    if (
        known
        and known.languages
        and spoken is not RecordedLanguage.AUTO
        and spoken.value not in known.languages
    ):
        tell(f"the model {known.name} knows {', '.join(known.languages)}, and not {spoken.value}")
    return WorkerCommand(
        engine=name,
        model=folder,
        threads=speech.threads_per_worker,
        beam=speech.beam,
        partials=partials,
        start_within=speech.start_within,
        stuck_after=speech.stuck_after,
    )


def _usual_model(settings: Settings, engine: str, spoken: RecordedLanguage) -> Path:
    speech = settings.speech
    if engine == speech.engine:
        return speech.model_folder
    found = ModelStore(speech.models).of_kind(
        engine, None if spoken is RecordedLanguage.AUTO else spoken.value
    )
    if found is None:
        raise ModelMissing(
            f"there is no model for {engine} in {speech.models}",
            remedy="songhua speech models add PATH, or --model FOLDER (docs/speech.md)",
        )
    return found


def hearing_for(settings: Settings, engine: str, spoken: RecordedLanguage) -> TranscriptionOptions:
    """What a call's tap would be told: the same languages and the same words."""
    words, places = (
        load_words(),
        load_gazetteer(settings.cases.own_gazetteer, synthetic=settings.cases.synthetic_positions),
    )
    languages: tuple[Language, ...] = get_args(Language)
    return TranscriptionOptions(
        language=spoken.value,
        likely="zh",
        languages=settings.speech.languages,
        hints={name: tuple(domain_words(words, places, name, HINTS)) for name in languages},
        utterance_max_s=settings.speech.utterance_max,
        engine=engine,
    )


async def recognise(
    file: Path,
    settings: Settings,
    spoken: RecordedLanguage,
    *,
    engine: str | None = None,
    model: Path | None = None,
    most_hours: float = MOST_HOURS,
) -> Recognised:
    """Raises what `open_sound`, `recogniser` and `command_for` do."""
    quiet()
    with open_sound(file, most_hours=most_hours) as sound:
        command = command_for(settings, engine, model, spoken)
        hearing = hearing_for(settings, command.engine, spoken)
        if sound.form.channels > len(sound.speakers):
            tell(f"{sound.form.channels} channels are heard as one speaker; give two for two speakers")
        began = time.monotonic()
        async with recogniser(command) as ready:
            transcript = await transcribe(sound, ready, hearing, progress=teller())
            used = ready.usage()
        return Recognised(
            transcript=transcript,
            channels=sound.form.channels,
            engine=command.engine,
            model=command.model.name,
            load_s=round(ready.load_s, 2),
            wall_s=round(time.monotonic() - began, 2),
            cpu_s=round(used.cpu, 2),
            memory_mb=round(used.peak / 1e6, 1),
        )


def quiet() -> None:
    """Keep only errors of the log: the end of a recogniser is reported as a whole."""
    configure(level="error", json=False)


def tell(what: str) -> None:
    """Print progress to stderr: stdout is for the result."""
    err.print(what, markup=False, highlight=False, soft_wrap=True)


def show_wide(table: Table) -> None:
    """A table, not folded into 80 columns where it goes to a file."""
    (out if out.is_terminal else Console(width=_WIDE, markup=False, emoji=False)).print(table)


def teller() -> Callable[[TranscriptionProgress], None]:
    """Says on stderr how far it is, every few seconds; nothing for a short file."""
    say = now_and_then()

    def told(progress: TranscriptionProgress) -> None:
        of = f" of {hms(progress.of)}" if progress.of is not None else ""
        say(f"{hms(progress.done)}{of}, {progress.segments} segments")

    return told


def now_and_then() -> Callable[[str], None]:
    """Tells at most every few seconds; what comes in between is left out."""
    last = time.monotonic()

    def say(what: str) -> None:
        nonlocal last
        if time.monotonic() - last >= _TELL_EVERY_S:
            last = time.monotonic()
            tell(what)

    return say


def hms(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
