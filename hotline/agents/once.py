"""Answers by `op_id`: an operation that comes again gets its first answer, and does nothing twice.

Kept in memory: each of these operations sets a state, so that one repeated after a restart does no harm.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar
from uuid import UUID

from core.errors import Conflict

T = TypeVar("T")

KEPT = 10_000


class OperationMemory(Generic[T]):
    """What is refused is not kept: it may be tried again with the same `op_id`."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._answers: dict[UUID, tuple[str, T]] = {}

    def known(self, op_id: UUID, what: str) -> T | None:
        """The answer of the first time. Raises `Conflict` if this `op_id` was used for something else."""
        known = self._answers.get(op_id)
        if known is None:
            return None
        if known[0] != what:
            raise Conflict(
                "this op_id was used for something else", remedy="make a new op_id for each operation"
            )
        return known[1]

    def keep(self, op_id: UUID, what: str, answer: T) -> T:
        self._answers[op_id] = (what, answer)
        if len(self._answers) > self._kept:
            del self._answers[next(iter(self._answers))]
        return answer

    def do(self, op_id: UUID | None, what: str, work: Callable[[], T]) -> T:
        """`work`'s answer, of now or of the first time; without an `op_id` it is always done."""
        if op_id is None:
            return work()
        known = self.known(op_id, what)
        return self.keep(op_id, what, work()) if known is None else known
