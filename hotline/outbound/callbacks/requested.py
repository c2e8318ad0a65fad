"""A caller asks in the dialogue to be called back; he keeps the place that he has in the queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.clock import Clock
from hotline.calls.model import CallsState
from hotline.events import CallbackReason
from hotline.outbound.callbacks.service import Callbacks


@dataclass(frozen=True, slots=True, eq=False)
class RequestedCallbacks:
    """`queue` takes who has joined none."""

    callbacks: Callbacks
    calls: CallsState
    clock: Clock
    queue: str

    async def request(
        self, *, uniqueid: str, linkedid: str, number: str, language: str, reason: CallbackReason,
        voicemail: tuple[float, float] | None,
    ) -> Literal["accepted", "refused"]:  # fmt: skip
        """`voicemail`: where the message stands in the caller's own recording, in seconds."""
        call = self.calls.call_of.get(uniqueid) or self.calls.find(linkedid)
        began = self.clock.now().timestamp() if call is None else call.began
        place = began if call is None or call.queued_at is None else call.queued_at
        return await self.callbacks.request(
            linkedid=linkedid if call is None else call.linkedid,
            number=number,
            language=language,
            queue=call.queue if call is not None and call.queue else self.queue,
            place=place,
            reason=reason,
            voicemail=voicemail,
        )
