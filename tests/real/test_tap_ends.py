"""A tap ends with its party, also when it hangs up in the one instant in which ChanSpy never notices it.

Asterisk 22's ChanSpy looks whether its party is there, then takes sound from it in its generator. A party
that goes between the two has the generator stopped, and with it the timer; ChanSpy then waits without a limit
for a frame from its own channel, and the party stays listed for as long. That instant is a few
microseconds of every 20 ms; `faults/slow_timer.c` makes it nine milliseconds.
"""

from __future__ import annotations

import asyncio
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from uuid import UUID

import pytest

from core.clock import SystemClock
from speech.audiosocket.server import AudioSocketServer
from tests.peers.asterisk import AsteriskPeer, private_settings
from tests.real.ami_link import AmiLink
from tests.waiting import wait_for

pytestmark = pytest.mark.real

CALLS = 40
CALL_S = 5.0
SETTLE_S = 3.0


class Ear:
    patient = False
    ready = True
    known = True

    def audio(self, pcm: bytes, now: float) -> None:
        pass

    def silent(self) -> None:
        """A pause is no matter here."""

    def closed(self, now: float) -> None:
        pass


class Node(threading.Thread):
    """The project's AudioSocket server on a loop of its own; told to, it prods nobody."""

    def __init__(self, *, prods: bool) -> None:
        super().__init__(daemon=True)
        self._prods = prods
        self._loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()
        self._port: Future[int] = Future()
        self.ears: dict[UUID, Ear] = {}

    def run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    @property
    def port(self) -> int:
        return self._port.result(5)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self.join(10)

    async def _serve(self) -> None:
        server = AudioSocketServer(
            SystemClock(),
            lambda tap: self.ears.setdefault(tap, Ear()),
            max_connections=4 * CALLS,
            hello_within=5,
            idle_for=900,
        )
        self._port.set_result(await server.start("127.0.0.1", 0))
        sweep = asyncio.create_task(server.sweep()) if self._prods else None
        await self._stopped.wait()
        if sweep is not None:
            sweep.cancel()
        await server.stop()


@pytest.fixture(scope="module")
def switch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsteriskPeer]:
    folder = tmp_path_factory.mktemp("slow")
    slow = folder / "slow_timer.so"
    source = Path(__file__).parent / "faults" / "slow_timer.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", slow, source, "-ldl"], check=True)
    peer = AsteriskPeer(private_settings(folder), preload=slow)
    peer.start()
    try:
        yield peer
    finally:
        peer.close()


def _calls_with_taps(switch: AsteriskPeer, node: Node) -> None:
    """So many short calls, each with a tap; returns some time after all have hung up."""
    link = AmiLink(switch)
    try:
        legs = [str(uuid.uuid4()) for _ in range(CALLS)]
        ends = time.monotonic() + CALL_S
        for leg in legs:
            _originate(link, node.port, leg, "leg", "Wait", str(CALL_S))
        wait_for(lambda: _listed(switch, "Wait") == CALLS, "all calls", CALL_S)
        for leg in legs:
            heard = f"AudioSocket/127.0.0.1:{node.port}-{leg}"
            _originate(link, node.port, str(uuid.uuid4()), "tap", "ChanSpy", f"{heard},qoSE")
        wait_for(lambda: _listed(switch, "ChanSpy") == CALLS, "a tap on each", CALL_S)
        time.sleep(max(0.0, ends - time.monotonic()))
    finally:
        link.close()


def _originate(link: AmiLink, port: int, stream: str, kind: str, application: str, data: str) -> None:
    link.send(
        Action="Originate",
        Channel=f"AudioSocket/127.0.0.1:{port}/{stream}/c(slin)",
        ChannelId=f"{kind}-{stream}",
        Application=application,
        Data=data,
        Async="true",
    )


def _listed(switch: AsteriskPeer, application: str) -> int:
    return switch.rx("core show channels concise").count(f"!{application}!")


def test_a_server_that_never_says_a_word_leaves_taps_and_their_parties_in_the_switch(
    switch: AsteriskPeer,
) -> None:
    """What would happen: without it the next test would show nothing."""
    node = Node(prods=False)
    node.start()
    _calls_with_taps(switch, node)
    time.sleep(SETTLE_S)
    left = _listed(switch, "ChanSpy")
    ghosts = _listed(switch, "Wait")
    node.close()  # a closed socket is what such a tap ends with
    switch.wait_idle()
    assert left > 0
    assert ghosts == left


def test_a_tap_that_is_prodded_ends_with_its_party(switch: AsteriskPeer) -> None:
    node = Node(prods=True)
    node.start()
    try:
        _calls_with_taps(switch, node)
        assert len(node.ears) == 2 * CALLS
        switch.wait_idle()
    finally:
        node.close()
