"""Messages between the training process and its parent: one JSON object per line."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from cases.learning.retraining.model import RoundResult
from core.models import Strict
from core.storage import StorageSettings


class Order(Strict):
    """To the child, once, on its stdin; the end of stdin ends the child. `memory_mb` bounds its addresses."""

    storage: StorageSettings
    own_gazetteer: Path | None
    folder: Path
    old: Path | None
    memory_mb: int


class RoundStep(Strict):
    kind: Literal["step"] = "step"
    step: str
    done: int
    of: int


class RoundDone(Strict):
    kind: Literal["done"] = "done"
    made: RoundResult


class RoundFailed(Strict):
    """`where` are places in the code: never what somebody said."""

    kind: Literal["failed"] = "failed"
    problem: str
    detail: str
    remedy: str
    where: tuple[str, ...] = ()
