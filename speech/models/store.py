"""The models of this installation: one folder for each, added completely or not at all."""

from __future__ import annotations

import asyncio
import fcntl
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from speech.errors import ModelMissing, ModelUnfit
from speech.models import archive, known, record
from speech.models.folder import Kind, Model, check_model
from speech.models.record import Licence, ModelRecord
from speech.models.trial import Sample, try_out
from speech.workers.process import Spawn

NAME: Final = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
_ADDING, _REMOVING = ".adding-", ".removing-"
_SPOKEN: Final = (
    ("zh", r"(^|[-_.])(cn|zh|zh-cn|mandarin|chinese)([-_.]|$)"),
    ("en", r"(^|[-_.])en([-_.]|$)"),
)
"""Vosk's models say in their names which language they know."""
_EVERY: Final[dict[Kind, tuple[str, ...]]] = {"whisper": ("zh", "en")}


SampleFor = Callable[[tuple[str, ...]], Sample]
"""What a model that knows these languages is given to hear."""
_UNRECORDED: Final = Licence(text="not recorded", source="nobody")


@dataclass(frozen=True, slots=True)
class ListedModel:
    """`fault` says what a folder lacks; `record` is None for one that was not brought by `add`."""

    name: str
    model: Model | None
    record: ModelRecord | None
    fault: str = ""


class ModelStore:
    def __init__(self, folder: Path, *, spawn: Spawn | None = None) -> None:
        self._folder = folder
        self._spawn = spawn

    def list(self) -> list[ListedModel]:
        """Models by name; one that is being added or removed is left out."""
        if not self._folder.is_dir():
            return []
        return [
            self._listed(path)
            for path in sorted(self._folder.iterdir())
            if path.is_dir() and not path.name.startswith(".")
        ]

    def of_kind(self, kind: str, language: str | None = None) -> Path | None:
        """A model for this engine; one that knows `language` is preferred."""
        fitting = [one for one in self.list() if one.model and one.model.kind == kind]
        fitting.sort(key=lambda one: language not in (one.record.languages if one.record else ()))
        return fitting[0].model.path if fitting and fitting[0].model else None

    async def add(
        self,
        source: Path,
        *,
        sample: SampleFor,
        name: str = "",
        licence: str = "",
        language: str = "",
        sha256: str = "",
    ) -> ModelRecord:
        """Copy, check, try and record a model, then show it under its name, all or nothing.

        `sha256` is what the publisher says of the file or folder. Raises `ModelMissing` and `ModelUnfit`.
        """
        wanted = name or source.name.removesuffix(".zip")
        self._check_free(wanted)
        if sha256:
            await asyncio.to_thread(known.compare_source, source, sha256)
        with self._locked():
            self._sweep()
            part = Path(tempfile.mkdtemp(prefix=_ADDING, dir=self._folder))
            try:
                await asyncio.to_thread(archive.bring, source, part)
                _check_whole(part, source)
                agreed = _licence(part, licence)
                made = await _examined(part, wanted, source, sample, agreed, language, self._spawn)
                self._show(part, made)
            except BaseException:
                shutil.rmtree(part, ignore_errors=True)
                raise
        return made

    async def check(self, path: Path, sample: SampleFor, *, pinned: str = "") -> ModelRecord:
        """The same examination of a folder where it lies; what a record says of it must be so.

        `pinned` is the hash of the settings. Raises `ModelMissing` and `ModelUnfit`.
        """
        told = record.read(path)
        licence = told.licence if told else record.licence_of(path)
        languages = ",".join(told.languages) if told else ""
        made = await _examined(path, path.name, path, sample, licence or _UNRECORDED, languages, self._spawn)
        if told is not None and told.sha256 != made.sha256:
            raise ModelUnfit(
                f"its files are not those that were added (SHA-256 {made.sha256[:12]}…, "
                f"recorded {told.sha256[:12]}…)",
                remedy=f"songhua speech models remove {path.name}, and add it again",
            )
        if wanted := known.expected(path, pinned):
            await asyncio.to_thread(known.compare, path, wanted)
        return made

    def languages(self, path: Path) -> tuple[str, ...]:
        """The languages that a model's record or name gives."""
        told = record.read(path)
        return told.languages if told else languages_of("", path.name)

    def remove(self, name: str) -> None:
        """Raises `ModelMissing`."""
        path = self._folder / name
        if not NAME.match(name) or not path.is_dir():
            there = ", ".join(one.name for one in self.list()) or "none"
            raise ModelMissing(f"there is no model {name!r}", remedy=f"there are: {there}")
        with self._locked():
            gone = self._folder / f"{_REMOVING}{name}"
            path.rename(gone)
            shutil.rmtree(gone)

    def _show(self, part: Path, made: ModelRecord) -> None:
        part.chmod(0o755)
        record.write(part, made)
        self._check_free(made.name)
        part.rename(self._folder / made.name)

    def _listed(self, path: Path) -> ListedModel:
        try:
            return ListedModel(path.name, check_model(path), record.read(path))
        except ModelMissing as missing:
            return ListedModel(path.name, None, record.read(path), missing.detail)

    def _check_free(self, name: str) -> None:
        if not NAME.match(name):
            raise ModelUnfit(
                f"{name!r} is not a valid name for a model",
                remedy="give one of letters, digits, . _ -: --name NAME",
            )
        if (self._folder / name).exists():
            raise ModelUnfit(
                f"there is a model {name} already",
                remedy=f"give another name (--name), or songhua speech models remove {name}",
            )

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = (self._folder / ".lock").open("w")
        except OSError as error:
            raise ModelUnfit(
                f"{self._folder} cannot be written: {error.strerror}",
                remedy="set speech.models to a folder that this user may write to",
            ) from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ModelUnfit(
                    "another model is being added or removed now", remedy="wait until it is done"
                ) from None
            yield

    def _sweep(self) -> None:
        """What a killed `add` or `remove` left; nobody else works here while we hold the lock."""
        for path in self._folder.iterdir():
            if path.name.startswith((_ADDING, _REMOVING)):
                shutil.rmtree(path, ignore_errors=True)


async def _examined(
    path: Path,
    name: str,
    source: Path,
    sample: SampleFor,
    licence: Licence,
    language: str,
    spawn: Spawn | None,
) -> ModelRecord:
    model = check_model(path)
    languages = languages_of(language, name) or _EVERY.get(model.kind, ())
    return ModelRecord(
        name=name,
        kind=model.kind,
        languages=languages,
        size=model.size,
        licence=licence,
        source=source.name,
        added_at=datetime.now(UTC).replace(microsecond=0),
        trial=await try_out(model.kind, path, sample(languages), spawn=spawn),
        sha256=await asyncio.to_thread(record.hash_of, path),
    )


def _check_whole(part: Path, source: Path) -> None:
    try:
        check_model(part)
    except ModelMissing as missing:
        raise ModelMissing(
            missing.detail.replace(str(part), str(source)),
            remedy="give a complete model, for Vosk or for Whisper in CTranslate2 format",
        ) from missing


def _licence(path: Path, given: str) -> Licence:
    found = Licence(text=given[:500], source="operator") if given else record.licence_of(path)
    if found is None:
        raise ModelUnfit(
            "none of its files names a licence", remedy='say under which you have it: --licence "TEXT"'
        )
    return found


def languages_of(given: str, name: str) -> tuple[str, ...]:
    """The languages that are given, or that a model's name tells."""
    if given:
        return tuple(one.strip() for one in given.split(",") if one.strip())
    return tuple(language for language, pattern in _SPOKEN if re.search(pattern, name.lower()))
