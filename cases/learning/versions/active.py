"""The classifiers that this process asks: those in force, or what it had before when these cannot be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cases.catalogue.model import Catalogue
from cases.catalogue.words import LANGUAGES, DraftingWords, Language
from cases.drafting.classify.loading import DATA, trained
from cases.drafting.classify.port import Classifier
from cases.drafting.problems import ProblemFinder
from cases.errors import BrokenTable
from cases.learning.errors import BrokenVersion
from cases.learning.versions.model import SHIPPED, Pointer
from cases.learning.versions.store import WAY_BACK, VersionStore
from core.log import logger
from core.metrics import counter, gauge

_log = logger("cases")
_version = gauge("cases_classifiers_version", "Version of the trained classifiers in use; 0 are the shipped")
_refused = counter("cases_classifiers_refused", "Versions in force that this process could not use")
_REMEDY = "songhua cases retrain --roll-back, then retrain"
_PLAIN: dict[Language, str] = {
    "zh": "你好，路灯坏了，晚上不亮",
    "en": "hello, the street light is broken",
}


@dataclass(frozen=True, slots=True)
class LoadedClassifiers:
    """What is asked now. `fault` says why it is not what is in force, empty when it is."""

    version: int
    classifiers: tuple[Classifier, ...]
    fault: str = ""


class ActiveModel:
    """`now` is replaced by its owner with what `look` gives; nothing else changes."""

    def __init__(self, folder: Path | None, words: DraftingWords, catalogue: Catalogue) -> None:
        """Loads what is in force, the shipped weights where it cannot. Raises `BrokenTable` for these."""
        self.version_store = None if folder is None else VersionStore(folder)
        self._words = words
        self._catalogue = catalogue
        self._said = ProblemFinder(words)
        self._seen: object = None
        self.now = self._first()
        _version.set(self.now.version)

    def look(self, *, again: bool = False) -> LoadedClassifiers | None:
        """What is to be asked from now on, None when nothing has changed. Blocking: for a thread.

        `again`: also when no file has changed, as what could not be read may be readable now.
        """
        if self.version_store is None:
            return None
        seen = self.version_store.signature()
        if seen == self._seen and not (again and self.now.fault):
            return None
        try:
            pointer = self.version_store.pointer()
            folder = self._whole(pointer)
            if pointer.version == self.now.version and not self.now.fault:
                found = None
            else:
                found = LoadedClassifiers(pointer.version, self._load(folder))
        except (BrokenVersion, BrokenTable) as broken:
            found = self._kept(broken)
        self._seen = seen
        return found

    def take(self, found: LoadedClassifiers) -> None:
        """Remember what is asked from now on."""
        self.now = found
        _version.set(found.version)
        if found.fault:
            _log.error("the classifiers in force cannot be used", used=found.version, why=found.fault)
        else:
            _log.info("classifiers are in use", version=found.version)

    def try_on(self, folder: Path) -> None:
        """Load what was made in `folder` and ask it once. Raises `BrokenTable`."""
        self._tried(trained(self._catalogue, folder))

    def in_force(self) -> tuple[Pointer, Path | None]:
        """What is in force and its folder, None for the shipped weights. Raises `BrokenVersion`."""
        if self.version_store is None:
            return Pointer(), None
        pointer = self.version_store.pointer()
        if pointer.version == SHIPPED:
            return pointer, None
        return pointer, self.usable(self.version_store, pointer.version, pointer.sha256)

    def usable(self, version_store: VersionStore, number: int, sha256: str) -> Path:
        """The folder of a version that is whole and can be asked. Raises `BrokenVersion`."""
        folder = version_store.whole(number, sha256)
        try:
            self.try_on(folder)
        except BrokenTable as broken:
            raise BrokenVersion(f"version {number}: {broken}", remedy=WAY_BACK) from broken
        return folder

    def _first(self) -> LoadedClassifiers:
        shipped = (self._said, *trained(self._catalogue, DATA))
        if self.version_store is None:
            return LoadedClassifiers(SHIPPED, shipped)
        self._seen = self.version_store.signature()
        try:
            pointer = self.version_store.pointer()
            folder = self._whole(pointer)
            return LoadedClassifiers(pointer.version, shipped if folder is None else self._load(folder))
        except (BrokenVersion, BrokenTable) as broken:
            return LoadedClassifiers(SHIPPED, shipped, self._told(broken, SHIPPED))

    def _load(self, folder: Path | None) -> tuple[Classifier, ...]:
        return (self._said, *self._tried(trained(self._catalogue, folder or DATA)))

    def _whole(self, pointer: Pointer) -> Path | None:
        """The folder of what the pointer names, None for the shipped weights."""
        if pointer.version == SHIPPED or self.version_store is None:
            return None
        return self.version_store.whole(pointer.version, pointer.sha256)

    def _tried(self, classifiers: tuple[Classifier, ...]) -> tuple[Classifier, ...]:
        """One plain sentence of each language: whatever is wrong shows before a caller speaks."""
        for one in classifiers:
            for language in LANGUAGES:
                _ask(one, language)
        return classifiers

    def _kept(self, broken: BrokenVersion | BrokenTable) -> LoadedClassifiers | None:
        fault = self._told(broken, self.now.version)
        return None if fault == self.now.fault else replace(self.now, fault=fault)

    def _told(self, broken: BrokenVersion | BrokenTable, used: int) -> str:
        _refused.inc()
        what = "the shipped ones are" if used == SHIPPED else f"version {used} is"
        return f"{what} used: {broken.detail}; {_REMEDY}"


def _ask(one: Classifier, language: Language) -> Sequence[object]:
    try:
        return one.rank(_PLAIN[language], language)
    except (ValueError, IndexError, TypeError, ArithmeticError) as error:
        raise BrokenTable(f"{one.name}: its weights cannot be asked: {type(error).__name__}") from error
