"""The doctor's findings: problem, place and remedy, in Chinese and English."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.translation import Sayable


class Severity(StrEnum):
    """`fault`: calls, records or the desk suffer. `warning`: it works, but not as it should. `unchecked`: it
    could not be seen, and why.
    """

    FAULT = "fault"
    WARNING = "warning"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class DoctorFinding:
    """One thing found. `check` is a stable word for scripts, `where` a file, port or module."""

    check: str
    severity: Severity
    where: str
    what: Sayable
    remedy: Sayable


def fault(check: str, where: str, what: Sayable, remedy: Sayable) -> DoctorFinding:
    """A finding that keeps calls from working."""
    return DoctorFinding(check, Severity.FAULT, where, what, remedy)


def warning(check: str, where: str, what: Sayable, remedy: Sayable) -> DoctorFinding:
    """A finding that does not stop calls."""
    return DoctorFinding(check, Severity.WARNING, where, what, remedy)


def unchecked(check: str, where: str, what: Sayable, remedy: Sayable) -> DoctorFinding:
    """Something that this user, or this machine, cannot see."""
    return DoctorFinding(check, Severity.UNCHECKED, where, what, remedy)
