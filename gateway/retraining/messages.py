"""Messages between the training process and its parent: one JSON object per line."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from cases.learning.retraining.model import RoundResult
from core.storage import StorageSettings


class _ChildMessage(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Order(_ChildMessage):
    """To the child, once, on its stdin; the end of stdin ends the child. `memory_mb` bounds its addresses."""

    storage: StorageSettings
    own_gazetteer: Path | None
    folder: Path
    old: Path | None
    memory_mb: int


class RoundStep(_ChildMessage):
    kind: Literal["step"] = "step"
    step: str
    done: int
    of: int


class RoundDone(_ChildMessage):
    kind: Literal["done"] = "done"
    made: RoundResult


class RoundFailed(_ChildMessage):
    """`where` are places in the code: never what somebody said."""

    kind: Literal["failed"] = "failed"
    problem: str
    detail: str
    remedy: str
    where: tuple[str, ...] = ()
