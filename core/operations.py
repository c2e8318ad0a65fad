"""Operations by their `op_id`: the same one again does nothing twice and gets the first answer.

An operation that must be known after a restart is claimed in the database (`core.storage.operations`). One
that sets a state does no harm when it is repeated after a restart: its answer is kept in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel

from core.errors import Conflict

T = TypeVar("T")

KEPT: Final = 10_000


class OperationReused(Conflict):
    """The operation was refused: nothing was done."""

    kind = "op-id-reused"
    title = "This op_id belongs to another operation"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail, remedy="make a new op_id for each operation")


class OperationRequest(BaseModel):
    """The body of a request for an operation. Make a new `op_id` for each one; repeat it with the same."""

    op_id: UUID


class OperationMemory(Generic[T]):
    """The answers of the last `kept` operations of this process. What is refused is not kept: it may be tried
    again with the same `op_id`. `what` is the operation: the act and what it is done to.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._answers: dict[UUID, tuple[object, T]] = {}

    def known(self, op_id: UUID, what: object) -> T | None:
        """The answer of the first time. Raises `OperationReused`."""
        known = self._answers.get(op_id)
        if known is None:
            return None
        if known[0] != what:
            raise OperationReused
        return known[1]

    def keep(self, op_id: UUID, what: object, answer: T) -> T:
        self._answers[op_id] = (what, answer)
        if len(self._answers) > self._kept:
            del self._answers[next(iter(self._answers))]
        return answer

    def do(self, op_id: UUID | None, what: object, work: Callable[[], T]) -> T:
        """`work`'s answer, of now or of the first time; without an `op_id` it is always done."""
        if op_id is None:
            return work()
        known = self.known(op_id, what)
        return self.keep(op_id, what, work()) if known is None else known

    def again(self, op_id: UUID, what: object, answer: T) -> bool:
        """Whether this operation was kept before; if not, it is from now on. Raises `OperationReused`."""
        if self.known(op_id, what) is not None:
            return True
        self.keep(op_id, what, answer)
        return False

    def answer(self, op_id: UUID) -> T | None:
        """What was kept under this id, whatever the operation was."""
        known = self._answers.get(op_id)
        return None if known is None else known[1]

    def forget(self, op_id: UUID) -> None:
        """Forget the answer: the operation was refused after all."""
        self._answers.pop(op_id, None)
