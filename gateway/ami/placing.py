"""Placing calls at most once, and settling those in doubt by what Asterisk itself remembers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol

from core.clock import Clock
from gateway.ami import metrics, values
from gateway.ami.actions import Action, Getvar, Originate, PageGroup, Setvar, UntypedAction
from gateway.ami.errors import (
    ActionRefused,
    ActionTimeout,
    LinkLost,
    NotReady,
    OriginateInDoubt,
    TooManyActions,
)
from gateway.ami.originate import (
    OWN_VARIABLES,
    RUN,
    SLOTS,
    AcknowledgementRefused,
    NotPlaced,
    Originated,
    OriginateResult,
    Placed,
    Settled,
    Traces,
    Uncertain,
    placing_headers,
    slot_variable,
)
from gateway.ami.outcome import ActionAnswered
from gateway.ami.values import Dialplan

QUIET_S = 1.0
"""How long the new link must stand before a missing mark is believed: the old bytes are read by then."""
TRY_AGAIN_S = 0.5
_OWN = Dialplan(variables=OWN_VARIABLES)

_UNANSWERED = (LinkLost, ActionTimeout, NotReady, TooManyActions)


class OriginateClient(Protocol):
    """What placing needs of the client."""

    def next_id(self) -> str:
        """An ActionID that this process has not used."""
        ...

    async def ready(self) -> int:
        """The epoch, as soon as the link is up."""
        ...

    async def ask(
        self,
        action: Action,
        dialplan: Dialplan,
        *,
        extra: Sequence[tuple[str, str]] = (),
        action_id: str | None = None,
        deadline: float | None = None,
    ) -> ActionAnswered:
        """Raises an `AmiError`."""
        ...


class OriginatePlacing:
    """Sends Originates through `switch`; `dialplan` holds the names that the rooms may use."""

    def __init__(self, switch: OriginateClient, *, dialplan: Dialplan, clock: Clock) -> None:
        self._switch = switch
        self._dialplan = dialplan
        self._clock = clock
        self._sequence = 0
        self._run = ""
        self.traces = Traces()

    @property
    def recognised(self) -> bool:
        """Whether this run of Asterisk is known."""
        return bool(self._run)

    async def recognise(self, epoch: int) -> None:
        """After each login: find out whether this is still the same run of Asterisk."""
        if self._run and await self._read(RUN) == self._run:
            return
        self._run = ""
        run = f"{self._switch.next_id()}-{epoch}"
        await self._own(Setvar(f"GLOBAL({RUN})", run))
        if await self._read(RUN) == run:
            self._run = run

    async def originate(
        self, call: Originate | PageGroup, *, deadline: float | None = None, channel_id: str = ""
    ) -> OriginateResult:
        """Place one call. Raises `UnsafeValue` if it names what it may not.

        `channel_id` is the Uniqueid that its channel gets: whoever wrote it down before can find the call
        again after a restart (`recall`). Never the same twice; without one it is made here.
        """
        result = await self._originate(call, deadline, channel_id and values.channel_id(channel_id))
        metrics.ORIGINATES.labels(type(result).__name__.lower()).inc()
        return result

    async def look_up(self, channel_id: str, *, within: float) -> Placed | None:
        """What an earlier run of this process placed under this channel id, waiting at most `within` seconds
        for a link. None proves nothing: its mark may have been written over since.
        """
        until = self._clock.monotonic() + within
        while self._clock.monotonic() < until:
            try:
                async with asyncio.timeout(max(0.0, until - self._clock.monotonic())):
                    await self._switch.ready()
                    return await self._find(channel_id, range(SLOTS))
            except TimeoutError:
                break
            except _UNANSWERED:
                await self._clock.sleep(TRY_AGAIN_S)
        return None

    async def _originate(
        self, call: Originate | PageGroup, deadline: float | None, channel_id: str
    ) -> OriginateResult:
        self._sequence += 1
        sequence, run = self._sequence, self._run
        action_id = self._switch.next_id()
        channel_id = channel_id or f"gw-{action_id}"
        self.traces.sent(action_id, channel_id)
        try:
            await self._switch.ask(
                call,
                self._dialplan,
                extra=placing_headers(sequence, channel_id),
                action_id=action_id,
                deadline=deadline,
            )
        except OriginateInDoubt:
            return Uncertain(action_id, channel_id, sequence, run)
        except (NotReady, TooManyActions, ActionRefused) as error:
            return AcknowledgementRefused(error.detail)
        return Originated(action_id, channel_id)

    async def settle(self, doubt: Uncertain, *, within: float) -> Settled:
        """Find out what became of it, waiting at most `within` seconds for a link; never sends it again."""
        until = self._clock.monotonic() + within
        result: Settled = doubt
        while self._clock.monotonic() < until:
            try:
                async with asyncio.timeout(max(0.0, until - self._clock.monotonic())):
                    result = await self._look(doubt)
                    break
            except TimeoutError:
                break
            except _UNANSWERED:
                await self._clock.sleep(TRY_AGAIN_S)
        metrics.SETTLED.labels(type(result).__name__.lower()).inc()
        return result

    async def _look(self, doubt: Uncertain) -> Settled:
        await self._switch.ready()
        trace = await self._trace(doubt)
        if trace is None:
            await self._clock.sleep(QUIET_S)
            trace = await self._trace(doubt)
        if trace is not None:
            return trace
        marks_can_be_trusted = (
            doubt.run and await self._read(RUN) == doubt.run and self._sequence - doubt.sequence < SLOTS
        )
        return NotPlaced(doubt.channel_id) if marks_can_be_trusted else doubt

    async def _trace(self, doubt: Uncertain) -> Placed | None:
        return await self._find(doubt.channel_id, (doubt.sequence,))

    async def _find(self, channel_id: str, sequences: Iterable[int]) -> Placed | None:
        channels = await self._switch.ask(UntypedAction("CoreShowChannels"), _OWN)
        for channel in channels.items:
            if channel_id in {channel.get("Uniqueid"), channel.get("Linkedid")}:
                return Placed(channel_id, alive=True)
        if self.traces.has(channel_id):
            return Placed(channel_id, alive=False)
        for sequence in sequences:
            if await self._read(slot_variable(sequence)) == channel_id:
                return Placed(channel_id, alive=False)
        return None

    async def _read(self, variable: str) -> str:
        answer = await self._own(Getvar(variable))
        return answer.response.get("Value")

    async def _own(self, action: Action) -> ActionAnswered:
        return await self._switch.ask(action, _OWN)
