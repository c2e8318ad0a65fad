"""The hotline on a real Asterisk: one citizen, one telephone, and what the desk and the switch make of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.ids import uuid7
from core.storage import Storage
from gateway.ami import AmiClient, AmiSettings
from gateway.wiring.control import AmiControl
from gateway.wiring.hotline import AmiSwitch, Feed
from hotline.compose import compose
from hotline.events import CallEnded, CallOutcome, CallRinging, DispositionKind
from hotline.ports import StaffPhone
from hotline.settings import HotlineSettings
from tests.hotline.world import LI, PlayedNode, World
from tests.peers import audio
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.baresip import BaresipPhone
from tests.peers.sipp import SippCaller
from tests.waiting import until

pytestmark = pytest.mark.real


class OneDesk:
    def desks(self) -> list[StaffPhone]:
        return [StaffPhone("li", "李敏", "agent-1")]


@pytest.fixture
def switch(tmp_path: Path) -> Iterator[AsteriskPeer]:
    prompts = short_prompts(tmp_path / "prompts")
    peer = AsteriskPeer(private_settings(tmp_path / "switch", agents=(agent("agent-1"),), prompts=prompts))
    peer.start()
    yield peer
    peer.close()


@pytest.fixture
def phone(switch: AsteriskPeer, tmp_path: Path) -> Iterator[BaresipPhone]:
    secret = switch.settings.agents[0].secret.get_secret_value()
    peer = BaresipPhone(tmp_path / "phone", name="agent-1", secret=secret, switch_port=switch.ports.sip)
    peer.start()
    yield peer
    peer.close()


class Centre:
    """The hotline with a real link to a real switch; what it cannot have here is played."""

    def __init__(self, switch: AsteriskPeer, storage: Storage) -> None:
        ami = switch.settings.ami
        self.client = AmiClient(AmiSettings(port=switch.ports.ami, username=ami.name, secret=ami.secret))
        played = World(storage)
        self.bus, self.speech = played.bus, played.speech
        ports = replace(
            played.ports,
            clock=SystemClock(),
            switch=AmiSwitch(self.client),
            control=AmiControl(self.client),
            phone_book=OneDesk(),
        )
        self.hotline = compose(HotlineSettings(system_name=switch.settings.system_name), ports)
        self.feed = Feed(self.client, self.hotline)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Centre]:
        await self.hotline.start()
        await self.feed.start()
        await until(self.hotline.link.up, "link to the switch")
        yield self
        await self.feed.stop()
        await self.hotline.stop()

    def state(self) -> str:
        view = self.hotline.board.agent("li")
        assert view is not None
        return view.state.value


async def test_from_pop_to_disposition_on_a_real_switch(
    switch: AsteriskPeer, phone: BaresipPhone, storage: Storage, tmp_path: Path
) -> None:
    taps: list[bytes] = []

    async def tapped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taps.append(await reader.readexactly(19))
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            while await reader.read(65536):
                pass
        writer.close()

    server = await asyncio.start_server(tapped, "127.0.0.1", 0)
    async with Centre(switch, storage).running() as centre, server:
        centre.speech.nodes = [replace(PlayedNode(), port=server.sockets[0].getsockname()[1])]
        centre.hotline.registry.sign_in(LI, None)
        await until(lambda: "agent-1" in switch.rx("queue show hotline"), "the agent in the queue")
        speech = audio.to_ulaw(audio.tone(tmp_path / "citizen.wav", 1000, 10), tmp_path / "citizen.ulaw")
        caller = SippCaller(tmp_path / "caller", switch_port=switch.ports.sip, speech=speech)
        caller.dial()
        await until(lambda: bool(centre.bus.of(CallRinging)), "the pop")
        (pop,) = centre.bus.of(CallRinging)
        assert (pop.agent_id, pop.caller, pop.queue) == ("li", "13904510001", "hotline")
        await until(lambda: centre.state() == "talking" and len(taps) == 2, "talk, and both taps")
        await until(lambda: "paused" in switch.rx("queue show hotline"), "pause in the queue")
        assert {tap.speaker for tap in centre.speech.announced} == {"citizen", "agent"}
        assert {tap.tap_id.bytes for tap in centre.speech.announced} == {frame[3:] for frame in taps}
        await asyncio.to_thread(caller.hang_up)
        await until(lambda: bool(centre.bus.of(CallEnded)), "the end of the call")
        (ended,) = centre.bus.of(CallEnded)
        assert (ended.call_id, ended.outcome, ended.agent_ids) == (pop.call_id, CallOutcome.ANSWERED, ["li"])
        assert centre.state() == "wrap_up"
        await centre.hotline.people.set_disposition(
            LI, pop.call_id, op_id=uuid7(), kind=DispositionKind.ENQUIRY
        )
        assert centre.state() == "ready"
        await until(lambda: "paused" not in switch.rx("queue show hotline"), "the end of the pause")


async def test_a_gateway_that_starts_in_mid_call_pops_taps_and_adopts_the_agent(
    switch: AsteriskPeer, phone: BaresipPhone, storage: Storage, tmp_path: Path
) -> None:
    async with Centre(switch, storage).running() as first:
        first.hotline.registry.sign_in(LI, None)
        await until(lambda: "agent-1" in switch.rx("queue show hotline"), "the agent in the queue")
        speech = audio.to_ulaw(audio.tone(tmp_path / "citizen.wav", 1000, 10), tmp_path / "citizen.ulaw")
        caller = SippCaller(tmp_path / "caller", switch_port=switch.ports.sip, speech=speech)
        caller.dial()
        await until(lambda: first.state() == "talking", "talk")
        seen = first.hotline.board.calls()[0].call_id
    async with Centre(switch, storage).running() as second:
        (call,) = second.hotline.board.calls()
        assert (call.call_id, call.state, call.caller) == (seen, "talking", "13904510001")
        assert second.state() == "talking"
        assert {leg.role for leg in call.legs} == {"citizen", "agent"}
        await asyncio.to_thread(caller.hang_up)
        await until(lambda: bool(second.bus.of(CallEnded)), "the end of the call")
        assert second.bus.of(CallEnded)[0].outcome is CallOutcome.ANSWERED
        assert second.state() == "wrap_up"
