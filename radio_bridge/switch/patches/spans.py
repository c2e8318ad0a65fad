"""The transmissions while a talkgroup was patched to a call, for the call's record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from core.clock import Clock
from core.metrics import counter, gauge
from core.storage import Storage, WriteBehindQueue
from radio_bridge.floor.members import DESK_NAME, LINE_NAME
from radio_bridge.floor.messages import GroupState
from radio_bridge.floor.model import NOTICE
from radio_bridge.switch.patches.events import PatchTalked

_dropped = counter("radio_bridge_patch_spans_dropped", "Talks of patches that no record has: too many waited")
_waiting = gauge("radio_bridge_patch_spans_waiting", "Talks of patches that wait for the database")

MOST_WAITING: Final = 10_000


@dataclass(frozen=True, slots=True)
class _PatchSpan:
    party: str
    request_id: UUID | None
    since: datetime


class Spans:
    """`call_of` gives the call that a talkgroup is put through to now."""

    def __init__(self, storage: Storage, clock: Clock, call_of: Callable[[str], UUID | None]) -> None:
        self._storage = storage
        self._clock = clock
        self._call_of = call_of
        self._talks: dict[str, _PatchSpan] = {}
        self._calls: dict[str, UUID] = {}
        self.write_behind: WriteBehindQueue[PatchTalked] = WriteBehindQueue(
            self._write, what="a talk of a patch", limit=MOST_WAITING, dropped=_dropped, waiting=_waiting
        )

    def floor_is(self, group: str, state: GroupState | None, asked_by: str | None) -> None:
        """The floor as it was last told; `asked_by` is who asked at a desk or a telephone."""
        talk = None
        if state is not None and state.talker is not None:
            shown = state.talker
            party = asked_by if shown.party in {DESK_NAME, LINE_NAME} and asked_by else shown.party
            # A tone is nobody's talk.
            talk = None if party == NOTICE else _PatchSpan(party, shown.of, shown.since)
        before = self._talks.get(group)
        if talk == before:
            return
        if before is not None:
            self._over(group, before)
        if talk is None:
            self._talks.pop(group, None)
        else:
            self._talks[group] = talk

    def look(self, groups: Sequence[str]) -> None:
        """These talkgroups are put through now. With its patch a talk is over for the call's record."""
        for group in [group for group in self._calls if group not in groups]:
            talk = self._talks.get(group)
            if talk is not None:
                self._over(group, talk)
            del self._calls[group]
        for group in groups:
            call_id = self._call_of(group)
            if call_id is not None:
                self._calls[group] = call_id

    def _over(self, group: str, talk: _PatchSpan) -> None:
        call_id = self._calls.get(group)
        if call_id is None:
            return
        self.write_behind.add(
            PatchTalked(
                call_id=call_id,
                talkgroup=group,
                party=talk.party,
                began_at=talk.since,
                ended_at=self._clock.now(),
            )
        )

    async def _write(self, batch: Sequence[PatchTalked]) -> None:
        async with self._storage.write() as transaction:
            for event in batch:
                await transaction.emit(event, stream=f"call:{event.call_id}")
