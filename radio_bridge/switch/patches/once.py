"""What was asked for under which `op_id`: the same again is the same act."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final
from uuid import UUID

from core.errors import Conflict

KEPT: Final = 1000


class PatchOperations:
    def __init__(self) -> None:
        self._asked: OrderedDict[UUID, object] = OrderedDict()

    def again(self, op_id: UUID, what: object) -> bool:
        """Whether it was asked for before. Raises `Conflict` when something else was."""
        known = self._asked.get(op_id)
        if known is not None and known != what:
            raise Conflict("this op_id was used for something else", remedy="make a new op_id for each act")
        self._asked[op_id] = what
        if len(self._asked) > KEPT:
            self._asked.popitem(last=False)
        return known is not None

    def knows(self, op_id: UUID) -> bool:
        """Whether the operation was asked for before."""
        return op_id in self._asked

    def forget(self, op_id: UUID) -> None:
        """It was refused: it may be tried again."""
        self._asked.pop(op_id, None)
