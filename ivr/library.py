"""Finds a prompt's file and its text by id and language."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import yaml

from core.errors import NotFound

FOLDER: Final = Path(__file__).parent / "prompts"
SUFFIX: Final = ".wav"


class NoSuchPrompt(NotFound):
    kind = "no-such-prompt"
    title = "There is no such prompt"


class Library:
    """The prompts below `folder`: `<language>/<id>.wav`; what is not there is taken from `under`, in order.

    `fallback` is spoken where a language lacks a prompt everywhere.
    """

    def __init__(self, folder: Path = FOLDER, fallback: str = "zh", *, under: Sequence[Path] = ()) -> None:
        self.folder = folder
        self.fallback = fallback
        self._folders = (folder, *under)
        self._found: dict[tuple[str, str], Path] = {}

    def has(self, prompt: str, language: str) -> bool:
        """Whether there is a file of the prompt in this language."""
        return self._file(prompt, language) is not None

    def find(self, prompt: str, language: str) -> Path:
        """The file in this language, else in the fallback. Raises `NoSuchPrompt`."""
        key = (prompt, language)
        known = self._found.get(key)
        if known is not None:
            return known
        for candidate in (language, self.fallback):
            file = self._file(prompt, candidate)
            if file is not None:
                self._found[key] = file
                return file
        raise NoSuchPrompt(
            f"{prompt} in {language} or {self.fallback}",
            remedy="run scripts/render-prompts, or lint the flow",
        )

    def forget(self) -> None:
        """Look for every file anew: prompts have been added or replaced."""
        self._found.clear()

    def _file(self, prompt: str, language: str) -> Path | None:
        for folder in self._folders:
            file = folder / language / f"{prompt}{SUFFIX}"
            if file.is_file():
                return file
        return None


def prompt_path(prompt: str, language: str) -> Path:
    """The committed file of a prompt, for `songhua ivr say`. Raises `NoSuchPrompt`."""
    return Library().find(prompt, language)


def texts(folder: Path = FOLDER) -> dict[str, dict[str, str]]:
    """What each prompt says, by id and language."""
    loaded = yaml.load((folder / "texts.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return {
        str(prompt): {str(language): str(text) for language, text in said.items()}
        for prompt, said in loaded["prompts"].items()
    }
