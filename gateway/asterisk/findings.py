"""The doctor's findings: problem, place and remedy, in Chinese and English."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """`fault`: calls, records or the desk suffer. `warning`: it works, but not as it should."""

    FAULT = "fault"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Text:
    """The same sentence in both languages."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        return self.en if language.startswith("en") else self.zh


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. `check` is a stable word for scripts, `where` a file, port or module."""

    check: str
    severity: Severity
    where: str
    what: Text
    remedy: Text


def fault(check: str, where: str, what: Text, remedy: Text) -> Finding:
    return Finding(check, Severity.FAULT, where, what, remedy)


def warning(check: str, where: str, what: Text, remedy: Text) -> Finding:
    return Finding(check, Severity.WARNING, where, what, remedy)
