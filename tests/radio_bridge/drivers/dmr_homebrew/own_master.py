"""Our own master on a port of its own, as the other side of our peer: a simulator, not somebody else's."""

from __future__ import annotations

import random
from collections.abc import Mapping

from core.clock import SystemClock
from radio_bridge.codecs import dmrd
from radio_bridge.codecs.dmrd import Frame
from radio_bridge.drivers.dmr_homebrew.effects import Address, BurstReceived, Effect, HomebrewSend
from radio_bridge.drivers.dmr_homebrew.master import Master
from radio_bridge.drivers.dmr_homebrew.transport import UdpSocket


class OwnMaster:
    """Passes what radios say to all its peers. `frozen`: it neither hears nor speaks."""

    number = 0

    def __init__(self, port: int, passwords: Mapping[int, str]) -> None:
        self._port = port
        self._passwords = passwords
        self.frozen = False
        self._frames: list[Frame] = []
        self._addresses: dict[int, Address] = {}
        self._master: Master | None = None
        self._socket: UdpSocket | None = None

    @property
    def peers(self) -> frozenset[int]:
        return frozenset() if self._master is None else self._master.stations

    async def start(self) -> None:
        self._master = Master(self._passwords, clock=SystemClock(), rng=random.Random(3), silent_s=60.0)
        self._socket = UdpSocket("127.0.0.1", self._port, listens=True, received=self._received)
        assert await self._socket.open()

    def kill(self) -> None:
        """Without a word."""
        if self._socket is not None:
            self._socket.close()
        self._socket = self._master = None

    def close(self) -> None:
        self.kill()

    def say(self, data: bytes) -> None:
        if self._master is None or self.frozen:
            return
        frame = dmrd.decode(data)
        for peer in self._master.stations:
            self._do(self._master.send(peer, frame))

    def say_raw(self, data: bytes) -> None:
        for address in self._addresses.values():
            self._do([HomebrewSend(data, address)])

    def listen(self) -> list[Frame]:
        return self._frames

    def _received(self, data: bytes, address: Address) -> None:
        if self._master is not None and not self.frozen:
            if data.startswith(b"RPTL"):
                self._addresses[int.from_bytes(data[4:8])] = address
            self._do(self._master.datagram(data, address))

    def _do(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case HomebrewSend() if self._socket is not None:
                    self._socket.send(effect)
                case BurstReceived(_, frame):
                    self._frames.append(frame)
