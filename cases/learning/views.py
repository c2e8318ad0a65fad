"""What the routes of the classifiers answer, for the contract."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel

from cases.learning.retraining.model import TrainingCounts
from cases.learning.retraining.verdict import VerdictReason
from cases.learning.versions.model import Manifest
from core.errors import Problem


class ClassifierVersion(BaseModel):
    """`manifest` is null where it is damaged; `fault` says what is wrong then."""

    number: int
    in_force: bool
    was_in_force: bool
    fault: str | None
    manifest: Manifest | None


class ShareView(BaseModel):
    """`k` of `n`, with the bounds of its interval."""

    k: int
    n: int
    share: float | None
    low: float | None
    high: float | None


class RoundOutcome(BaseModel):
    """`version` is null where nothing was switched; `shares` are those of `old` and `new` classifiers."""

    switched: bool
    version: int | None
    against: int
    dry_run: bool
    even_if_worse: bool
    better: bool
    why: list[VerdictReason]
    counts: TrainingCounts
    compared: int
    seen: int
    shares: Mapping[str, Mapping[str, ShareView]]
    seconds: float
    peak_mb: float


class RoundView(BaseModel):
    """The round that runs in this process, or the last one."""

    running: bool
    step: str
    done: int
    of: int
    outcome: RoundOutcome | None
    failure: Problem | None


class ClassifiersView(BaseModel):
    """`in_force` is null when the pointer is damaged; 0 are the shipped weights, in no row of `versions`.
    `serving` is what classifies now; `former` what a way back leads to.
    """

    in_force: int | None
    since: datetime | None
    by: str
    former: int | None
    fault: str | None
    versions: list[ClassifierVersion]
    serving: int
    refused: str | None
    work: RoundView | None
