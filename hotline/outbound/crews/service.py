"""Calls to crews as the hotline makes them: for the jobs of which the field says that a telephone is to ring,
which hears how far each call came.
"""

from __future__ import annotations

from functools import partial
from typing import Final, Literal

from core.actor import system
from core.clock import Clock
from core.errors import SonghuaError
from core.log import logger
from core.metrics import counter, gauge
from core.storage import Storage, StorageAway
from hotline.outbound.automated import AutomatedCalls, CallMetrics, Purpose, Send
from hotline.outbound.crews import store
from hotline.outbound.crews.model import CHANNEL_ID, TALK_S, CrewCall, CrewTarget
from hotline.outbound.crews.policy import MOST_LIVE, CrewCallsRestored, CrewPolicy, CrewsLooked
from hotline.outbound.crews.ports import CrewPorts
from hotline.outbound.crews.settings import CrewCallSettings
from hotline.outbound.signals import PolicySignal
from hotline.outbound.switch import ChannelReader
from hotline.ports import Audit

_log = logger("hotline")
_calls = counter("hotline_crew_calls", "Calls to crews that ended", ["purpose", "outcome"])

PURPOSE: Final = Purpose(
    "crew-calls",
    TALK_S,
    ChannelReader(CHANNEL_ID, key_event="CrewCall"),
    store.calls,
    CallMetrics(
        gauge("hotline_crew_calls_live", "Calls to crews now"),
        counter("hotline_crew_messages_failed", "Messages that calls to crews failed on", ["event"]),
        counter("hotline_crew_call_lines_dropped", "Steps of calls to crews that were not written down"),
        gauge("hotline_crew_call_lines_waiting", "Steps of calls to crews that wait for the database"),
    ),
)
"""The event is that of dialplan/crew.conf."""
CALLER: Final = system("crew-calls")


class CrewCalls(AutomatedCalls[CrewTarget]):
    def __init__(
        self,
        settings: CrewCallSettings,
        ports: CrewPorts,
        *,
        system_name: str,
        storage: Storage,
        clock: Clock,
        audit: Audit | None,
    ) -> None:
        super().__init__(
            PURPOSE,
            CrewPolicy(),
            settings,
            ports.switch,
            system_name=system_name,
            storage=storage,
            clock=clock,
        )
        self.book.most = MOST_LIVE
        self._ring_s = settings.ring_s
        self._ports = ports
        self._audit = audit

    async def _load(self) -> None:
        async with self._storage.read() as connection:
            live = await store.calls.live(connection, self.book.system)
        self._take(CrewCallsRestored(tuple(live)))

    async def _find(self) -> PolicySignal:
        return CrewsLooked(tuple(await self._ports.jobs.wanted()))

    async def _prepare(self, call: CrewCall) -> Send | None:
        talks = call.target.purpose == "talk"
        citizen = await self._ports.jobs.citizen(call.target.call_id) if talks else ""
        if talks and not citizen:
            return None
        return partial(self._ports.switch.ring, call, ring_s=self._ring_s, citizen=citizen)

    async def _not_begun(self, call: CrewCall) -> None:
        """Another run made it, and may have ended before it told what came of it."""
        try:
            async with self._storage.read() as connection:
                known = await store.calls.find(connection, call.target.call_id)
        except StorageAway:
            return
        if known is not None and known.ended is not None:
            self._save(known, self._at())

    async def _commit(self, call: CrewCall) -> Literal["done", "gone", "refused"] | None:
        try:
            return await self._ports.jobs.press(call)
        except SonghuaError as error:
            unit = call.target.unit_id
            _log.warning("a crew's answer is not written down yet", unit=unit, error=error.kind)
            return None

    def _count(self, call: CrewCall) -> None:
        _calls.labels(call.target.purpose, call.outcome).inc()

    async def _written(self, call: CrewCall) -> None:
        await self._ports.jobs.came(call)
        if self._audit is not None and call.outcome is not None:
            detail = {"purpose": call.target.purpose, "outcome": call.outcome, "key": call.key}
            await self._audit.record(CALLER, "crew-call", f"unit:{call.target.unit_id}", detail)
