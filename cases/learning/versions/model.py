"""A version of the trained classifiers, and the pointer that says which one is in force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import Field

from cases.learning.retraining.model import ClassifierComparison, TrainingCounts
from cases.learning.retraining.verdict import SwitchVerdict
from core.models import Strict

SHIPPED = 0
"""The number of the weights that came with the program."""
FORM = 1
"""Raised when manifests and pointers of an earlier form cannot be read any more."""
MOST_BEFORE = 9
"""Former versions that a way back leads through; the shipped one is always behind them."""


class Manifest(Strict):
    """What a version is made of, how it did, and who wanted it.

    `files` are SHA-256 by name, `shipped` that of the shipped sentences; `against` is the version that it was
    compared with; `reason` says why it was put into force though it is not better.
    """

    form: int = FORM
    number: int = Field(ge=1)
    made_at: datetime
    by: str
    reason: str = ""
    scheme: str
    scheme_version: str
    shipped: str
    files: Mapping[str, str]
    counts: TrainingCounts
    against: int
    comparison: ClassifierComparison
    verdict: SwitchVerdict
    seconds: float
    peak_mb: float


class Pointer(Strict):
    """`version` is in force since `at`; `before` are the ones that were, the last one last. `sha256` is that
    of the version's manifest, empty for the shipped weights.
    """

    form: int = FORM
    version: int = Field(default=SHIPPED, ge=SHIPPED)
    sha256: str = ""
    before: tuple[int, ...] = ()
    at: datetime | None = None
    by: str = ""

    def after(self, version: int, sha256: str, *, at: datetime, by: str) -> Pointer:
        """The pointer once another version is in force."""
        return Pointer(
            version=version,
            sha256=sha256,
            before=(*self.before, self.version)[-MOST_BEFORE:],
            at=at,
            by=by,
        )

    def back_to(self, version: int, sha256: str, *, at: datetime, by: str) -> Pointer:
        """The pointer once a version of before is in force again; what came after it is not before it."""
        before = self.before
        while before and before[-1] != version:
            before = before[:-1]
        return Pointer(version=version, sha256=sha256, before=before[:-1], at=at, by=by)

    @property
    def former(self) -> int | None:
        """What a way back leads to; None when the shipped weights are in force and nothing was before."""
        if self.before:
            return self.before[-1]
        return None if self.version == SHIPPED else SHIPPED
