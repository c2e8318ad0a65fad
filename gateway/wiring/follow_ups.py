"""Follow-up calls' ports: whom the citizens' room asks by telephone, calls placed by AMI at most once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal

from citizen.followup.calling import FollowUpCalling
from gateway.ami.client import AmiClient
from gateway.ami.settings import AmiSettings
from gateway.wiring.automated import AmiAutomatedCalls, allowing
from hotline.outbound.follow_ups.policy import FollowUpCall, FollowUpTarget
from hotline.outbound.follow_ups.ports import Hearing
from hotline.outbound.ports import Placed

CONTEXT: Final = "follow-up-call"
"""Where a reporter who has picked up is asked: dialplan/follow_up.conf."""
QUEUE: Final = "FOLLOW_UP_QUEUE"
WAIT: Final = "FOLLOW_UP_WAIT"
NUMBER: Final = "FOLLOW_UP_NUMBER"
HEARING: Final = "FOLLOW_UP_HEARING"


def with_follow_ups(settings: AmiSettings) -> AmiSettings:
    """The account's settings with the names that follow-up calls may use."""
    return allowing(settings, CONTEXT, QUEUE, WAIT, NUMBER, HEARING)


class FollowUpsByTelephone:
    """Fills `hotline.outbound.follow_ups.ports.FollowUpRequests`. `callers_wait`: the hotline's lines and
    agents are theirs, so no further call begins. `agent_at`: whose desk an endpoint is.
    """

    def __init__(
        self,
        calling: FollowUpCalling,
        callers_wait: Callable[[], bool],
        agent_at: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        self._calling = calling
        self._callers_wait = callers_wait
        self._agent_at = agent_at

    async def wanted(self) -> Sequence[FollowUpTarget]:
        found = await self._calling.wanted(new=not self._callers_wait())
        return [FollowUpTarget(one.call_id, one.follow_up_id, one.attempt, one.line) for one in found]

    async def number(self, target: FollowUpTarget) -> str:
        return await self._calling.number(target.follow_up_id, target.attempt)

    async def came(self, call: FollowUpCall) -> None:
        target = call.target
        if call.stage == "over":
            outcome, sent = call.outcome or "unknown", call.seen or call.outcome != "stopped"
            await self._calling.ended(target.follow_up_id, target.attempt, outcome, sent=sent)
        elif call.stage == "talking":
            agent = self._agent_at(call.agent) or ""
            await self._calling.connected(target.follow_up_id, target.attempt, agent)
        else:
            await self._calling.began(target.follow_up_id, target.attempt)

    async def press(self, call: FollowUpCall) -> Literal["done", "gone"]:
        target = call.target
        late = call.outcome == "unknown"
        kept = await self._calling.press(
            target.follow_up_id, target.attempt, call.key, late=late, spoken=call.spoken
        )
        return "done" if kept else "gone"


class AmiFollowUpSwitch(AmiAutomatedCalls):
    """Fills `hotline.outbound.follow_ups.ports.FollowUpSwitch`."""

    def __init__(self, client: AmiClient, *, shown: str = "") -> None:
        super().__init__(client, CONTEXT, shown=shown)

    async def ring(
        self, call: FollowUpCall, *, number: str, ring_s: float, queue: str, wait_s: int
    ) -> Placed:
        variables = {QUEUE: queue, WAIT: str(wait_s), NUMBER: number}
        action = self.outside(number, "ask", ring_s=ring_s, variables=variables)
        return await self.place(action, call.channel_id)

    async def hearing(self, channel_id: str, hearing: Hearing) -> None:
        await self.mark(channel_id, HEARING, hearing)
