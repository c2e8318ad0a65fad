"""Calls placed by AMI at most once, what became of those in doubt, and the switch's word about them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Sequence
from typing import Final, Literal, Protocol

from core.log import logger
from core.switch import SwitchMessage
from core.tasks import Tasks
from gateway.ami.actions import EndPlaced, MarkPlaced, Originate, PageGroup, SendPlaced
from gateway.ami.client import AmiClient
from gateway.ami.errors import AmiError, UnsafeValue
from gateway.ami.originate import AcknowledgementRefused, NotPlaced, Placed, Uncertain
from gateway.ami.subscription import Live, Snapshot
from hotline.outbound.ports import Settled

_log = logger("gateway")

DOUBTS: Final = 512
OUTBOUND: Final = "outbound"
"""The one context by which anything is dialled outside: its limits and routes hold for every placed call."""


class PlacingRefused(Exception):
    """No telephone rang: the switch said no, or the call cannot be said safely. Its text is the reason."""


class PlacingPort:
    """Places calls under ids that the caller has chosen; what it is in doubt about it can find out later."""

    def __init__(self, client: AmiClient) -> None:
        self._client = client
        self._doubts: OrderedDict[str, Uncertain] = OrderedDict()

    async def place(self, call: Originate | PageGroup, channel_id: str) -> Literal["placed", "in_doubt"]:
        """Raises `PlacingRefused`."""
        try:
            result = await self._client.originate(call, channel_id=channel_id)
        except UnsafeValue as error:
            raise PlacingRefused(error.detail) from error
        if isinstance(result, AcknowledgementRefused):
            raise PlacingRefused(result.reason)
        if not isinstance(result, Uncertain):
            return "placed"
        self._doubts[channel_id] = result
        if len(self._doubts) > DOUBTS:
            self._doubts.popitem(last=False)
        return "in_doubt"

    async def end(self, channel_id: str) -> None:
        """Hang it up; one that is gone, or not there yet, is as good. Raises nothing."""
        try:
            await self._client.perform(EndPlaced(channel_id))
        except AmiError as error:
            _log.info("a placed call was not ended", channel=channel_id, error=error.kind)

    async def send(self, channel_id: str, context: str, words: str) -> None:
        """On with it to `words` in `context`, where its party hears something. Raises nothing."""
        try:
            await self._client.perform(SendPlaced(channel_id, context, words))
        except AmiError as error:
            _log.info("who was called was not told", channel=channel_id, words=words, error=error.kind)

    async def mark(self, channel_id: str, variable: str, value: str) -> None:
        """Set a variable that its dialplan looks at. Raises nothing."""
        try:
            await self._client.perform(MarkPlaced(channel_id, variable, value))
        except AmiError as error:
            _log.info("a placed call was not marked", channel=channel_id, error=error.kind)

    async def settle(self, channel_id: str, *, within_s: float) -> Settled:
        """What became of a call in doubt; nothing is placed again."""
        doubt = self._doubts.pop(channel_id, None)
        if doubt is None:
            # A call of an earlier run, or one whose end nobody saw: no trace of it proves nothing.
            found = await self._client.look_up(channel_id, within=within_s)
            return "unknown" if found is None else _alive(found)
        settled = await self._client.settle(doubt, within=within_s)
        if isinstance(settled, NotPlaced):
            return "never"
        return _alive(settled) if isinstance(settled, Placed) else "unknown"


def _alive(found: Placed) -> Settled:
    return "alive" if found.alive else "gone"


class PlacedCalls(Protocol):
    """A part of the hotline that follows the calls that it has placed."""

    def on_message(self, message: SwitchMessage) -> None: ...

    def on_snapshot(self, channels: Sequence[SwitchMessage]) -> None: ...

    def on_link_down(self) -> None:
        """The link is down: the state of placed calls is unknown until the next snapshot."""
        ...


class PlacedFeed:
    """Carries to it what the switch tells. `name` is also that of the subscription."""

    def __init__(self, name: str, client: AmiClient, calls: PlacedCalls, events: Collection[str]) -> None:
        self.name = name
        self._subscription = client.subscribe(name, events=frozenset(events))
        self._calls = calls
        self._tasks = Tasks(f"{name}-feed")

    async def start(self) -> None:
        self._tasks.forever("carry", self._carry)

    async def stop(self) -> None:
        await self._tasks.stop()
        self._subscription.close()

    async def _carry(self) -> None:
        async for item in self._subscription:
            if isinstance(item, Live):
                for message in item.messages:
                    self._calls.on_message(message)
            elif isinstance(item, Snapshot):
                self._calls.on_snapshot(item.channels)
            else:
                self._calls.on_link_down()
