"""The active prompts: uploaded ones overlay the built-in files. Immutable; a change makes a new overlay."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ivr.library import Library, NoSuchPrompt
from ivr.versions.model import Subject


class Overlay(Library):
    """`uploaded` maps (prompt, language) to the file of the version in force; all else is `below`'s."""

    def __init__(self, below: Library, uploaded: Mapping[tuple[str, str], Path]) -> None:
        super().__init__(below.folder, below.fallback)
        self.below = below
        self._uploaded = dict(uploaded)

    def has(self, prompt: str, language: str) -> bool:
        """Whether the prompt was uploaded or is shipped."""
        return (prompt, language) in self._uploaded or self.below.has(prompt, language)

    def find(self, prompt: str, language: str) -> Path:
        for candidate in (language, self.fallback):
            file = self._uploaded.get((prompt, candidate))
            if file is not None:
                return file
            if self.below.has(prompt, candidate):
                return self.below.find(prompt, candidate)
        raise NoSuchPrompt(
            f"{prompt} in {language} or {self.fallback}",
            remedy="upload it (songhua ivr upload-prompt), or lint the flow",
        )

    def forget(self) -> None:
        self.below.forget()


def key(subject: Subject) -> tuple[str, str]:
    """Prompt and language."""
    return subject.plain, subject.language
