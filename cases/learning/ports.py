"""Ports of retraining."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

if TYPE_CHECKING:
    from cases.learning.retraining.model import RoundResult

Progress = Callable[[str, int, int], None]
"""A step by its name, how much of it is done, of how much; of 0: not known."""


def quietly(_step: str, _done: int, _of: int) -> None:
    """No progress is told."""


@dataclass(frozen=True, slots=True)
class CallRetention:
    """What the ledger still holds of a call: `words_gone` when its transcript was erased, `erased` when the
    person was.
    """

    confidential: bool = False
    words_gone: bool = False
    erased: bool = False


class CallLedger(Protocol):
    async def kept(
        self, connection: AsyncConnection, calls: Collection[UUID]
    ) -> Mapping[UUID, CallRetention]:
        """Of those calls of which something is to be said; the others are whole and open."""
        ...


class Trainer(Protocol):
    async def train(self, folder: Path, old: Path | None, progress: Progress) -> RoundResult:
        """Train from the confirmed cases and compare with the weights in `old` (None: the shipped ones).

        The new weights and the list of cases are in `folder` afterwards. Raises `TrainingFailed`.
        """
        ...
