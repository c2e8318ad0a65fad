"""Each operation once: who asks again with the same op_id waits for, or gets, the first one's answer."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from core.operations import OperationReused
from core.tasks import Tasks
from hotline.control.answer import Acted, ControlRequest
from hotline.control.errors import TooManyWaiting

Body = Callable[[], Awaitable[Acted]]


@dataclass(slots=True, eq=False)
class _Entry:
    digest: str
    answer: asyncio.Future[Acted]


class OperationLog:
    """The last `limit` operations. A refused one is struck out again: nothing was done, it may be asked
    anew.
    """

    def __init__(self, limit: int, tasks: Tasks) -> None:
        self._limit = limit
        self._tasks = tasks
        self._entries: OrderedDict[UUID, _Entry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    async def once(self, request: ControlRequest, body: Body) -> Acted:
        """The answer of `body`, which runs at most once for this op_id, also when the asker goes away.

        Raises `OperationReused` when the op_id belongs to another request, and what `body` raises.
        """
        entry = self._entries.get(request.op_id)
        if entry is None:
            entry = self._begin(request, body)
        elif entry.digest != request.digest:
            raise OperationReused
        return await asyncio.shield(entry.answer)

    def correct(self, acted: Acted) -> None:
        """What was uncertain has been found out."""
        entry = self._entries.get(acted.op_id)
        if entry is not None and entry.answer.done():
            entry.answer = asyncio.get_running_loop().create_future()
            entry.answer.set_result(acted)

    def _begin(self, request: ControlRequest, body: Body) -> _Entry:
        entry = _Entry(request.digest, asyncio.get_running_loop().create_future())

        async def run() -> None:
            try:
                answer = await body()
            except BaseException as error:
                self._entries.pop(request.op_id, None)
                if not entry.answer.done():
                    entry.answer.set_exception(
                        error if isinstance(error, Exception) else TooManyWaiting("the service ends")
                    )
                    entry.answer.exception()  # whoever asked has it; nobody may be waiting any more
                if not isinstance(error, Exception):
                    raise
            else:
                entry.answer.set_result(answer)

        self._entries[request.op_id] = entry
        self._forget_oldest()
        if not self._tasks.spawn(f"control-{request.verb}", run):
            del self._entries[request.op_id]
            raise TooManyWaiting(remedy="try again in a moment")
        return entry

    def _forget_oldest(self) -> None:
        """One that still runs is never forgotten: it could be done twice."""
        while len(self._entries) > self._limit:
            op_id, entry = next(iter(self._entries.items()))
            if not entry.answer.done():
                break
            del self._entries[op_id]
