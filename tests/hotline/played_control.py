"""The switch of call control, played: it does at once what it is told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hotline.control.ports import DialplanPlace, PhoneState, PlacedCall, Settled
from tests.hotline.stream import Message, message

if TYPE_CHECKING:
    from tests.hotline.world import World


@dataclass
class PlayedControl:
    """Does at once what it is told, in the words of the real switch; keeps what it was told."""

    world: World
    told: list[tuple[object, ...]] = field(default_factory=list)
    phones: dict[str, PhoneState] = field(default_factory=dict)
    browsers: frozenset[str] = frozenset()
    fails: Exception | None = None
    gate: asyncio.Event | None = None
    settled: Settled = "unknown"
    marks: set[str] = field(default_factory=set)
    """Legs that bear the mark of mute, by channel."""
    silent: set[str] = field(default_factory=set)
    packets: dict[str, int] = field(default_factory=dict)
    blind: Exception | None = None
    """What reading a mark comes to."""

    async def move(
        self, channel: str, place: DialplanPlace, other: tuple[str, DialplanPlace] | None = None
    ) -> None:
        await self._tell("move", channel, place.context, place.extension)
        for name, where in [(channel, place), *([other] if other else [])]:
            self._arrives(name, where)

    async def mute(self, channel: str, *, muted: bool) -> None:
        await self._tell("mute", channel, muted)
        (self.marks.add if muted else self.marks.discard)(channel)

    async def muted(self, channel: str) -> bool:
        await self._tell("muted?", channel)
        if self.blind is not None:
            raise self.blind
        return channel in self.marks

    async def digit(self, channel: str, digit: str) -> None:
        await self._tell("digit", channel, digit)

    async def hang_up(self, channel: str) -> None:
        await self._tell("hang-up", channel)
        for leg in list(self.world.hotline.calls.legs.values()):
            if leg.channel == channel:
                self.world.hears([message("Hangup", Uniqueid=leg.uniqueid, Linkedid="", Cause="16")])

    async def phone(self, endpoint: str) -> PhoneState:
        return self.phones.get(endpoint, "free")

    async def registered(self, endpoint: str) -> bool:
        return self.phones.get(endpoint, "free") != "away"

    async def received(self, channel: str) -> int:
        """A leg that is not silenced has sent more each time that it is asked of."""
        self.packets[channel] = self.packets.get(channel, 0) + (channel not in self.silent)
        return self.packets[channel]

    async def ring(self, call: PlacedCall) -> None:
        await self._tell(
            "ring", call.phone, call.place.context, call.place.extension, call.channel_id, call.caller_id
        )

    async def settle(self, channel_id: str, within_s: float) -> Settled:
        del channel_id, within_s
        return self.settled

    def answers_itself(self, endpoint: str) -> bool:
        return endpoint in self.browsers

    async def _tell(self, *what: object) -> None:
        if self.gate is not None:
            await self.gate.wait()
        self.told.append(what)
        if self.fails is not None:
            raise self.fails

    def _arrives(self, channel: str, place: DialplanPlace) -> None:
        leg = next(one for one in self.world.hotline.calls.legs.values() if one.channel == channel)
        call = self.world.hotline.calls.call_of[leg.uniqueid]
        about = {"Uniqueid": leg.uniqueid, "Linkedid": call.linkedid, "Channel": channel}
        if leg.bridge:
            self.world.hears([message("BridgeLeave", **about, BridgeUniqueid=leg.bridge)])
        self.world.hears(_placed(about, place))


def _placed(about: dict[str, str], place: DialplanPlace) -> list[Message]:
    name = place.context.removeprefix("control-").removesuffix("-staff")
    other = place.extension.partition("*")[0]
    return [message("UserEvent", **about, UserEvent="Control", Place=name, With=other)]
