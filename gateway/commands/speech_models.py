"""`songhua speech models`: add, list, check and remove models."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.table import Table

import ivr.prompts
from gateway.commands.common import ConfigOption, JsonOption, fail, load, out, print_json, run
from gateway.recorded.hearing import quiet, show_wide, tell
from gateway.settings import Settings
from speech.comparison.scoring import score
from speech.models import located
from speech.models.record import ModelRecord
from speech.models.store import ListedModel, ModelStore
from speech.models.trial import Sample, tone

app = typer.Typer(help="Recognisers' models: list, add, check, remove.", no_args_is_help=True)
PROMPT = "please-hold"
"""A sentence of the flow that ships in both languages."""


@app.command("list")
def list_models(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List models with licence, cost, and the one that the settings use."""
    settings = load(config)
    found = ModelStore(settings.speech.models).list()
    if as_json:
        print_json([_as_json(one, settings) for one in found])
        return
    if not found:
        tell(f"there is no model in {settings.speech.models}")
        return
    table = Table("", "name", "engine", "languages", "MB", "in memory", "licence", "SHA-256")
    for one in found:
        record = one.record
        trial = record.trial if record else None
        table.add_row(
            "used" if _is_used(one.name, settings) else "",
            one.name,
            one.model.kind if one.model else f"broken: {one.fault}",
            " ".join(record.languages) if record else "",
            f"{one.model.size / 1e6:.0f}" if one.model else "",
            f"{trial.peak_mb:.0f} MB" if trial else "",
            record.licence.text if record else "not recorded",
            record.sha256[:12] if record else "",
        )
    show_wide(table)


@app.command()
def add(
    path: Annotated[Path, typer.Argument(help="Folder or zip of a model for Vosk or Whisper.")],
    name: Annotated[str, typer.Option(help="Its name here; without it, that of the file.")] = "",
    licence: Annotated[str, typer.Option(help="Its licence, if none of its files names one.")] = "",
    lang: Annotated[str, typer.Option("--language", help="Languages that it knows: zh, or zh,en.")] = "",
    sha256: Annotated[str, typer.Option(help="The publisher's SHA-256; other files are refused.")] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy the model at PATH, try it in its own process, and store it with hash and licence.

    Nothing is kept when it is not whole, does not load, or ends over the first sentence.
    """
    settings = load(config)
    quiet()
    store = ModelStore(settings.speech.models)
    record = run(store.add(path, sample=_sample, name=name, licence=licence, language=lang, sha256=sha256))
    if as_json:
        print_json(record.model_dump(mode="json"))
        return
    _show(record)
    if not sha256:
        tell(
            "its SHA-256 was compared with nothing: give --sha256 from the page that you have the model from"
        )
    tell(
        f'to use it: speech.engine = "{record.kind}", speech.model = "{record.name}" and '
        f'speech.model_sha256 = "{record.sha256}" in the settings'
    )


@app.command()
def check(
    path: Annotated[Path, typer.Argument(help="Folder of a model, or the name of one that was added.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check that PATH is whole and unchanged, load it, and let it hear a sentence.

    It is compared with its record, with speech.model_sha256 where it is the one in use, and with what the
    program knows of the models that scripts/setup brings.
    """
    settings = load(config)
    quiet()
    folder = located(path, settings.speech.models)
    used = folder.resolve() == settings.speech.model_folder.resolve()
    pinned = settings.speech.model_sha256 if used else ""
    record = run(ModelStore(settings.speech.models).check(folder, _sample, pinned=pinned))
    if as_json:
        print_json(record.model_dump(mode="json"))
    else:
        _show(record)


@app.command()
def remove(
    name: Annotated[str, typer.Argument(help="As `list` shows it.")], config: ConfigOption = None
) -> None:
    """Remove a model that is not in use."""
    settings = load(config)
    if _is_used(name, settings):
        fail(f"{name} is in use", "set speech.model to another one first")

    async def removed() -> None:
        ModelStore(settings.speech.models).remove(name)

    run(removed())


def _show(record: ModelRecord) -> None:
    trial = record.trial
    languages = " ".join(record.languages) or "languages not named (--language)"
    out.print(
        f"{record.name}: {record.kind}, {languages}, {record.size / 1e6:.0f} MB",
        highlight=False,
        markup=False,
    )
    out.print(f"licence: {record.licence.text} ({record.licence.source})", highlight=False, markup=False)
    out.print(f"SHA-256: {record.sha256}", highlight=False, soft_wrap=True)
    if trial is None:
        return
    out.print(
        f"loads in {trial.load_s:.1f} s, {trial.memory_mb:.0f} MB with the model and {trial.peak_mb:.0f} MB "
        f"after the sample, {trial.speed:.1f} s of audio for one second of a core",
        highlight=False,
        soft_wrap=True,
    )
    if trial.said is not None:
        language = next((one for one in record.languages if one in {"zh", "en"}), "zh")
        rate = score(trial.said, trial.heard, language).rate or 0.0
        out.print(f"said:  {trial.said}", highlight=False, markup=False)
        out.print(f"heard: {trial.heard}  ({rate:.0%} errors)", highlight=False, markup=False)


def _sample(languages: tuple[str, ...]) -> Sample:
    """A sentence of ours in a language that the model knows; a tone where there is none."""
    language = next((one for one in languages if one in {"zh", "en"}), None)
    if language is None:
        return tone("zh")
    folder = Path(ivr.prompts.__file__).parent
    texts = yaml.safe_load((folder / "texts.yaml").read_text(encoding="utf-8"))["prompts"]
    with wave.open(str(folder / language / f"{PROMPT}.wav")) as file:
        pcm = file.readframes(file.getnframes())
    return Sample(pcm, language, str(texts[PROMPT][language]))


def _is_used(name: str, settings: Settings) -> bool:
    used = settings.speech.model_folder
    return (settings.speech.models / name).resolve() == used.resolve()


def _as_json(one: ListedModel, settings: Settings) -> dict[str, object]:
    return {
        "name": one.name,
        "used": _is_used(one.name, settings),
        "kind": one.model.kind if one.model else None,
        "size": one.model.size if one.model else None,
        "fault": one.fault or None,
        "record": one.record.model_dump(mode="json") if one.record else None,
    }
