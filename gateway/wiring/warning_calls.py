"""Calls about warnings' ports: whom the room of warnings calls, calls placed by AMI at most once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal, cast

from gateway.ami.client import AmiClient
from gateway.ami.settings import AmiSettings
from gateway.asterisk.machine_checks import WARNING_PROMPTS, missing_prompts
from gateway.settings import Settings
from gateway.wiring.automated import AmiAutomatedCalls, allowing
from hotline.outbound.ports import Placed
from hotline.outbound.warnings.policy import WarningAbout, WarningCall, WarningCallTarget, WarningMark
from warning.calling.service import WarningCalling

CONTEXT: Final = "warning-call"
"""Where a recipient who has picked up hears it: dialplan/warning.conf."""


def with_warnings(settings: AmiSettings) -> AmiSettings:
    """The account's settings with the names that calls about warnings may use."""
    return allowing(settings, CONTEXT)


def why_no_calls(settings: Settings) -> str:
    """Why nobody can be called about a warning; empty: somebody can. Without its sounds a call would not say
    that it is an exercise.
    """
    if not settings.hotline.warnings.enabled:
        return "calls are off"
    if settings.asterisk is None or missing_prompts(settings.asterisk, WARNING_PROMPTS):
        return "sounds are missing"
    return ""


class WarningsByTelephone:
    """Fills `hotline.outbound.warnings.ports.WarningCallRequests`. While callers wait no exercise begins; an
    actual warning goes on, on its share of the lines. While the centre drains nothing begins.
    """

    def __init__(
        self,
        calling: Callable[[], WarningCalling],
        callers_wait: Callable[[], bool],
        drains: Callable[[], bool],
    ) -> None:
        self._calling = calling
        self._callers_wait = callers_wait
        self._drains = drains

    async def wanted(self) -> Sequence[WarningCallTarget]:
        new = (
            () if self._drains() else ("actual",) if self._callers_wait() else ("actual", "exercise", "test")
        )
        found = await self._calling().wanted(new=new)
        return [
            WarningCallTarget(
                one.call_id, one.delivery_id, one.attempt, one.line,
                cast("WarningMark", one.mark), cast("WarningAbout", one.about),
            )
            for one in found
        ]  # fmt: skip

    async def number(self, target: WarningCallTarget) -> str:
        return await self._calling().number(target.delivery_id, target.attempt)

    async def came(self, call: WarningCall) -> None:
        target = call.target
        if call.stage == "over":
            outcome, sent = call.outcome or "unknown", call.seen or call.outcome != "stopped"
            await self._calling().ended(target.delivery_id, target.attempt, outcome, sent=sent)
        else:
            await self._calling().began(target.delivery_id, target.attempt)

    async def press(self, call: WarningCall) -> Literal["done", "gone"]:
        target = call.target
        kept = await self._calling().press(target.delivery_id, target.attempt, call.key)
        return "done" if kept else "gone"


class AmiWarningSwitch(AmiAutomatedCalls):
    """Fills `hotline.outbound.warnings.ports.WarningCallSwitch`."""

    def __init__(self, client: AmiClient, *, shown: str = "") -> None:
        super().__init__(client, CONTEXT, shown=shown)

    async def ring(self, call: WarningCall, *, number: str, ring_s: float) -> Placed:
        extension = f"{call.target.mark}-{call.target.about}"
        action = self.outside(number, extension, ring_s=ring_s, variables={})
        return await self.place(action, call.channel_id)
