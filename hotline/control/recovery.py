"""What calls bring with them that ran before this process did: marks of mute, which the switch keeps, and
calls for help, out of the operations that were written down.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final
from uuid import UUID

from core.clock import Clock
from core.errors import SonghuaError
from core.log import logger
from core.storage import Storage, StorageAway
from core.tasks import Tasks
from hotline.calls.model import Call, CallsState, Leg
from hotline.control import store
from hotline.control.errors import SwitchRefused
from hotline.control.help import Helps, written_down
from hotline.control.model import Verb
from hotline.control.ports import ControlSwitch

_log = logger("hotline")

AGAIN_S: Final = 1.0
"""Before the switch or the database is asked again for what it did not say."""
OLDER_S: Final = 5.0
"""The switch tells the age of a channel in whole seconds."""
MOST_HELPS: Final = 10_000
_VERBS: Final = frozenset({Verb.HELP.value, Verb.HELP_ACCEPT.value})

Serial = Callable[[Call, Callable[[], Awaitable[None]]], Awaitable[None]]


class Recovery:
    """`serial` runs something while no verb touches the call; `told` hears of each call that changes."""

    def __init__(
        self,
        switch: ControlSwitch,
        storage: Storage,
        helps: Helps,
        *,
        calls: CallsState,
        clock: Clock,
        tasks: Tasks,
        serial: Serial,
        told: Callable[[UUID], None],
    ) -> None:
        self._switch = switch
        self._storage = storage
        self._helps = helps
        self._calls = calls
        self._clock = clock
        self._tasks = tasks
        self._serial = serial
        self._told = told

    def found(self, legs: Sequence[Leg]) -> None:
        """The switch has these legs, and nobody here saw them begin; returns at once."""
        desks = [leg for leg in legs if leg.role == "agent" and leg.up]
        if desks:
            self._tasks.spawn("read-mutes", partial(self._read_mutes, desks))
        if legs:
            calls = {call.id: call.began for call in (self._calls.call_of[leg.uniqueid] for leg in legs)}
            since = datetime.fromtimestamp(min(calls.values()) - OLDER_S, UTC)
            self._tasks.spawn("read-helps", partial(self._read_helps, frozenset(calls), since))

    # --- marks of mute ------------------------------------------------------------------------------

    async def _read_mutes(self, legs: Iterable[Leg]) -> None:
        while legs := [leg for leg in legs if not await self._read_mute(leg)]:
            await self._clock.sleep(AGAIN_S)

    async def _read_mute(self, leg: Leg) -> bool:
        """Take over the leg's mark. False: nobody could say."""
        call = self._calls.call_of.get(leg.uniqueid)
        if call is None:
            return True

        async def take_over() -> None:
            if leg.muted or leg.uniqueid not in self._calls.legs or not await self._switch.muted(leg.channel):
                return
            # What set the mark may have ended before it muted.
            await self._switch.mute(leg.channel, muted=True)
            leg.muted = True
            self._told(call.id)

        try:
            await self._serial(call, take_over)
        except SwitchRefused:
            return True  # the leg has gone
        except SonghuaError as error:
            _log.info("whether a leg is muted is not known yet", leg_id=str(leg.id), why=error.title)
            return False
        return True

    # --- calls for help -----------------------------------------------------------------------------

    async def _read_helps(self, calls: frozenset[UUID], since: datetime) -> None:
        while not calls.isdisjoint(self._calls.by_id):
            try:
                async with self._storage.read() as connection:
                    operations = await store.done_since(connection, since, _VERBS, MOST_HELPS)
            except StorageAway:
                await self._clock.sleep(AGAIN_S)
                continue
            for call_id, help_ in written_down(operations).items():
                live = call_id in calls and call_id in self._calls.by_id
                if live and self._helps.restore(call_id, help_):
                    self._told(call_id)
            return
