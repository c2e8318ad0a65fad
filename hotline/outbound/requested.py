"""Runs automated calls that somebody else asks for, and tells him how far each came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from core.errors import SonghuaError
from core.log import logger
from core.storage import StorageAway
from hotline.outbound.automated import AutomatedCalls, CallContext, Purpose
from hotline.outbound.model import AutomatedCall, T
from hotline.outbound.ports import AutomatedCallSwitch
from hotline.outbound.requests import CallRequests, CallsRestored, RequestPolicy, RequestsLooked
from hotline.outbound.settings import AutomatedCallSettings
from hotline.outbound.signals import CallSignal, PolicySignal, Taken

_log = logger("hotline")


class RequestedCalls(AutomatedCalls[T]):
    def __init__(
        self,
        purpose: Purpose[T],
        policy: RequestPolicy[T],
        settings: AutomatedCallSettings,
        requests: CallRequests[T],
        switch: AutomatedCallSwitch,
        context: CallContext,
    ) -> None:
        super().__init__(purpose, policy, settings, switch, context)
        self._requests = requests

    async def _load(self) -> None:
        async with self._storage.read() as connection:
            live = await self._purpose.store.live(connection, self.book.system)
        self._take(CallsRestored(tuple(live)))

    async def _find(self) -> PolicySignal:
        return RequestsLooked(tuple(await self._requests.wanted()))

    async def _there(self, call: AutomatedCall[T]) -> Sequence[CallSignal]:
        """Another run made it, and may have ended before it told what came of it. Or this one wrote it down
        and never heard so: then it is in doubt. What another switch has is its own until it is over.
        """
        gone, later = Taken(call.channel_id, again=False), Taken(call.channel_id, again=True)
        try:
            async with self._storage.read() as connection:
                known = await self._purpose.store.find(connection, call.target.call_id)
        except StorageAway:
            return (later,)
        if known is None:
            return (gone,)
        if known.ended is not None:
            # Whether it was sent is not known any more: it counts as sent.
            self._save(replace(known, seen=True), self._at())
            return (gone,)
        return (later, CallsRestored((known,))) if known.system == self.book.system else (later,)

    async def _commit(self, call: AutomatedCall[T]) -> Literal["done", "gone", "refused"] | None:
        try:
            return await self._requests.press(call)
        except SonghuaError as error:
            _log.warning("a key is not committed yet", calls=self._purpose.name, error=error.kind)
            return None

    async def _written(self, call: AutomatedCall[T]) -> None:
        await self._requests.came(call)
