"""`songhua speech bench`: the installed recognisers on the operator's own recordings."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from core.errors import Invalid, SonghuaError
from gateway.commands.common import FAILED, ConfigOption, JsonOption, fail, load, print_json
from gateway.recorded.hearing import (
    EngineOption,
    ModelOption,
    RecordedLanguage,
    command_for,
    hearing_for,
    now_and_then,
    quiet,
    show_wide,
    tell,
)
from gateway.settings import Settings
from speech.comparison.compare import Result, compare
from speech.comparison.pairs import ComparisonPair, pairs_in
from speech.models.store import ModelStore
from speech.workers.process import WorkerCommand

SHIPPED = Path(__file__).resolve().parents[2] / "tests" / "audio"


def bench(
    folder: Annotated[
        Path | None,
        typer.Argument(help="NAME.wav with NAME.txt (what was said) each; without it, our test speech."),
    ] = None,
    engine: EngineOption = None,
    model: ModelOption = None,
    lang: Annotated[
        RecordedLanguage, typer.Option("--language", help="Only the files of this language.")
    ] = RecordedLanguage.AUTO,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare recognisers: errors (characters of Chinese, words of English), speed, memory, first partial.

    Each model that is kept is tried with its engine, through the same gate and words as a call.
    """
    settings = load(config)
    quiet()
    if folder is None and not SHIPPED.is_dir():
        fail("there is no test speech here", "give a FOLDER with your own recordings")
    try:
        pairs = [one for one in pairs_in(folder or SHIPPED) if lang in {RecordedLanguage.AUTO, one.language}]
        commands = _commands(settings, engine, model, lang)
    except SonghuaError as error:
        fail(error.detail, error.remedy)
    if not pairs:
        fail(f"no file is in {lang.value}", "give other recordings, or leave --language out")
    if not commands:
        fail(
            f"there is no model for an installed engine in {settings.speech.models}",
            "songhua speech models add PATH (docs/speech.md)",
        )
    results, failed = [], []
    for command in commands:
        try:
            results.append(run_one(command, pairs, settings))
        except SonghuaError as error:
            failed.append({"engine": command.engine, "model": command.model.name, "cause": error.detail})
    if as_json:
        print_json({"results": [_as_json(one) for one in results], "failed": failed})
    else:
        _show(results)
    for one in failed:
        tell(f"{one['engine']} {one['model']}: {one['cause']}")
    if failed or any(one.missed for one in results):
        raise typer.Exit(FAILED)


def run_one(command: WorkerCommand, pairs: list[ComparisonPair], settings: Settings) -> Result:
    """Raises what `compare` does, and `Invalid` when the model knows none of the languages."""
    known = ModelStore(settings.speech.models).languages(command.model)
    fitting = [one for one in pairs if not known or one.language in known]
    if not fitting:
        raise Invalid(f"it knows {', '.join(known)}, and no file is in that")
    hearing = hearing_for(settings, command.engine, RecordedLanguage.AUTO)
    return asyncio.run(compare(command, fitting, hearing, tell=now_and_then()))


def _commands(
    settings: Settings, engine: str | None, model: Path | None, spoken: RecordedLanguage
) -> list[WorkerCommand]:
    """The one that is asked for, or every model that is kept and whole."""
    if model is not None or (engine is not None and ":" in engine):
        return [command_for(settings, engine, model, spoken)]
    kept = ModelStore(settings.speech.models).list()
    return [
        command_for(settings, one.model.kind, one.model.path.resolve(), spoken)
        for one in kept
        if one.model and engine in {None, one.model.kind}
    ]


def _show(results: list[Result]) -> None:
    table = Table(
        "engine", "model", "CER zh", "WER en", "CPU / audio", "MB", "first words", "load", "no text"
    )
    for one in results:
        table.add_row(
            one.engine,
            one.model,
            _rate(one, "zh"),
            _rate(one, "en"),
            "" if one.real_time is None else f"{one.real_time:.3f}",
            f"{one.model_mb:.0f} … {one.peak_mb:.0f}",
            "none" if one.first_partial_s is None else f"{one.first_partial_s:.1f} s",
            f"{one.load_s:.1f} s",
            str(one.gaps + len(one.missed)),
        )
    show_wide(table)
    for one in results:
        for missed in one.missed:
            tell(f"{missed.file}: {missed.cause}")


def _rate(result: Result, language: str) -> str:
    found = result.score(language)
    return "" if found.rate is None else f"{found.rate:.1%} of {found.said}"


def _as_json(result: Result) -> dict[str, Any]:
    scores = {language: result.score(language) for language in ("zh", "en")}
    return {
        **asdict(result),
        "real_time": result.real_time,
        "cer_zh": scores["zh"].rate,
        "characters_zh": scores["zh"].said,
        "wer_en": scores["en"].rate,
        "words_en": scores["en"].said,
    }
