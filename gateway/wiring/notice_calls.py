"""The ports of notices by telephone: whom the citizens' room has told, calls placed by AMI at most once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal

from citizen.messages.calling import NoticeCalling
from gateway.ami.client import AmiClient
from gateway.ami.settings import AmiSettings
from gateway.wiring.automated import AmiAutomatedCalls, allowing
from hotline.outbound.notices.policy import NoticeCall, NoticeTarget, SpokenNotice
from hotline.outbound.ports import Placed

CONTEXT: Final = "notice-call"
"""Where a citizen who has picked up hears the sentence: dialplan/notice.conf."""
CODE: Final = "NOTICE_CODE"
ASKS: Final = "NOTICE_ASKS"
MORE: Final = "NOTICE_MORE"


def with_notice_calls(settings: AmiSettings) -> AmiSettings:
    """The account's settings with the names that notices by telephone may use."""
    return allowing(settings, CONTEXT, CODE, ASKS, MORE)


class NoticesByTelephone:
    """Fills `hotline.outbound.notices.ports.NoticeRequests`. `callers_wait`: the hotline's lines and agents
    are theirs, so no further call begins.
    """

    def __init__(self, calling: NoticeCalling, callers_wait: Callable[[], bool]) -> None:
        self._calling = calling
        self._callers_wait = callers_wait

    async def wanted(self) -> Sequence[NoticeTarget]:
        found = await self._calling.wanted(new=not self._callers_wait())
        return [NoticeTarget(one.call_id, one.message_id, one.attempt, one.line) for one in found]

    async def notice(self, target: NoticeTarget) -> SpokenNotice | None:
        told = await self._calling.notice(target.message_id, target.attempt)
        return None if told is None else SpokenNotice(told.number, told.sentence, told.code, told.asks)

    async def came(self, call: NoticeCall) -> None:
        if call.stage == "over":
            outcome, sent = call.outcome or "unknown", call.seen or call.outcome != "stopped"
            await self._calling.ended(call.target.message_id, call.target.attempt, outcome, sent=sent)

    async def press(self, call: NoticeCall) -> Literal["done", "gone"]:
        target, late = call.target, call.outcome == "unknown"
        kept = await self._calling.press(target.message_id, target.attempt, call.key, late=late)
        return "done" if kept else "gone"


class AmiNoticeSwitch(AmiAutomatedCalls):
    """Fills `hotline.outbound.notices.ports.NoticeSwitch`."""

    def __init__(self, client: AmiClient, *, shown: str = "") -> None:
        super().__init__(client, CONTEXT, shown=shown)

    async def ring(self, call: NoticeCall, *, notice: SpokenNotice, ring_s: float, more: str) -> Placed:
        variables = {CODE: notice.code, ASKS: "1" if notice.asks else "0", MORE: more}
        action = self.outside(notice.number, notice.sentence, ring_s=ring_s, variables=variables)
        return await self.place(action, call.channel_id)
