"""Writes of many tasks in one transaction: whoever comes while one commits goes with the next."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from core.storage.unit_of_work import Storage, Transaction

T = TypeVar("T")


class GroupedWrites(Generic[T]):
    """`write` puts several items into a transaction, in the order in which they came, `most` at a time."""

    def __init__(
        self,
        storage: Storage,
        write: Callable[[Transaction, Sequence[T]], Awaitable[None]],
        *,
        most: int = 500,
    ) -> None:
        self._storage = storage
        self._write = write
        self._most = most
        self._lock = asyncio.Lock()
        self._waiting: list[tuple[T, asyncio.Future[None]]] = []

    async def add(self, item: T) -> None:
        """Returns once it is committed; raises what its transaction raised."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        try:
            async with self._lock:
                if not done.done():
                    await self._commit()
        except asyncio.CancelledError:
            self._waiting = [one for one in self._waiting if one[1] is not done]
            done.cancel()
            raise
        await done

    async def _commit(self) -> None:
        """Write what waits by now; the caller's own is among the first."""
        batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        try:
            async with self._storage.write() as transaction:
                await self._write(transaction, [item for item, _ in batch])
        except asyncio.CancelledError:
            # Nothing of it is kept: the others' go with the next.
            self._waiting = [one for one in batch if not one[1].done()] + self._waiting
            raise
        except Exception as error:  # noqa: BLE001  # each of them learns it
            for _, done in batch:
                if not done.done():
                    done.set_exception(error)
            return
        for _, done in batch:
            if not done.done():
                done.set_result(None)
