"""A *simulated* gateway with a radio behind it, which speaks USRP over UDP.

Built from the protocol as chan_usrp (app_rpt, 2026-08) and DVSwitch's clients have it: what comes is queued
and transmitted 20 ms each, the transmitter falls 0.08 s after the last frame, more than 25 waiting frames are
thrown away, an end is a header alone. No program of somebody else is behind it.
"""

from __future__ import annotations

import math
import socket
import struct
import threading
import time
from collections import deque
from typing import Final

import numpy as np

from tests.peers.audio import RATE, Samples
from tests.peers.ports import free_port, release

FRAME: Final = 160
FRAME_S: Final = 0.02
KEY_FRAMES: Final = 4
QUEUE_MOST: Final = 25
PING_S: Final = 1.0
_HEADER: Final = struct.Struct(">4sIIII4sII")
_VOICE, _PING, _TLV = bytes(4), b"\x03\0\0\0", b"\x04\0\0\0"


class SimulatedUsrpRadio:
    """`say` is what somebody says into the radio, `transmitted` what other radios hear. One with `pings` says
    something at least each second, as Analog_Bridge does; chan_usrp says nothing between talks.
    """

    def __init__(self, *, callsign: str = "", dmr_id: int = 0, pings: bool = False) -> None:
        self.port = free_port()
        self.their_port = free_port()
        """Where we are to listen."""
        self.callsign = callsign
        self.dmr_id = dmr_id
        self.pings = pings
        self.says_ends = True
        self.swaps = False
        """The network brings each second datagram before its former one."""
        self.frozen = False
        self.infos: list[bytes] = []
        """What was said of who talks, by us."""
        self._to_say: deque[bytes] = deque()
        self._waiting: deque[bytes] = deque()
        self._heard: list[bytes] = []
        self._held: bytes | None = None
        self._rx_key = 0
        self._talking = False
        self._seq = 0
        self._pinged = 0.0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._socket: socket.socket | None = None

    @property
    def keyed(self) -> bool:
        """Whether its transmitter is on."""
        return self._rx_key > 0

    @property
    def speaking(self) -> bool:
        return bool(self._to_say) or self._talking

    @property
    def running(self) -> bool:
        return self._thread is not None

    def start(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", self.port))
        self._socket.setblocking(False)
        self._seq, self._rx_key, self._talking, self.frozen = 0, 0, False, False
        self._waiting.clear()
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="simulated-usrp")
        self._thread.start()

    def kill(self) -> None:
        """Gone in mid-word; nobody listens at its port any more."""
        if self._thread is not None and self._socket is not None:
            self._stop.set()
            self._thread.join(5)
            self._socket.close()
            self._thread = None
            self._to_say.clear()
            self._rx_key = 0

    def close(self) -> None:
        self.kill()
        release(self.port)
        release(self.their_port)

    def say(self, frequency: float, seconds: float, level: float = 0.3) -> None:
        """A tone, from now on; returns at once."""
        times = np.arange(int(seconds * RATE) // FRAME * FRAME) / RATE
        wave = (level * np.sin(2 * math.pi * frequency * times) * 32767).astype("<i2").tobytes()
        self._to_say.extend(wave[at : at + 2 * FRAME] for at in range(0, len(wave), 2 * FRAME))

    def listen_anew(self) -> None:
        self._heard = []

    def transmitted(self) -> Samples:
        """What its transmitter has given since `listen_anew`, -1 to 1, at 8 kHz."""
        return np.frombuffer(b"".join(self._heard), "<i2").astype(np.float64) / 32768

    def send(self, data: bytes) -> None:
        """To us, as it is."""
        if self._socket is not None:
            self._socket.sendto(data, ("127.0.0.1", self.their_port))

    def packet(self, kind: bytes, payload: bytes = b"", *, keyed: bool = False) -> bytes:
        self._seq += 1
        return _HEADER.pack(b"USRP", self._seq, 0, keyed, 0, kind, 0, 0) + payload

    def _run(self) -> None:
        due = time.monotonic()
        while not self._stop.is_set():
            if not self.frozen:
                self._receive()
                self._transmit()
                self._speak()
            due = max(due + FRAME_S, time.monotonic() - 0.2)
            time.sleep(max(0.0, due - time.monotonic()))

    def _receive(self) -> None:
        assert self._socket is not None
        while True:
            try:
                data = self._socket.recv(2048)
            except (BlockingIOError, ConnectionRefusedError):
                return
            payload = data[_HEADER.size :]
            if data[20:24] == _TLV:
                self.infos.append(payload)
            elif len(payload) == 2 * FRAME:
                self._waiting.append(payload)

    def _transmit(self) -> None:
        if len(self._waiting) > QUEUE_MOST:
            self._waiting.clear()
            self._rx_key = min(self._rx_key, 1)
        if self._waiting:
            self._rx_key = KEY_FRAMES
            self._heard.append(self._waiting.popleft())
        elif self._rx_key:
            self._rx_key -= 1

    def _speak(self) -> None:
        if self._to_say:
            if not self._talking:
                self._talking = True
                self._name()
            self._out(self.packet(_VOICE, self._to_say.popleft(), keyed=True))
        elif self._talking:
            self._talking = False
            if self.says_ends:
                self._out(self.packet(_VOICE))
        elif self.pings and time.monotonic() >= self._pinged + PING_S:
            self._pinged = time.monotonic()
            self._out(self.packet(_PING))

    def _name(self) -> None:
        if self.callsign or self.dmr_id:
            value = self.dmr_id.to_bytes(3) + bytes(9) + self.callsign.encode() + b"\0"
            self._out(self.packet(_TLV, bytes([8, len(value)]) + value))

    def _out(self, data: bytes) -> None:
        if not self.swaps:
            self.send(data)
        elif self._held is None:
            self._held = data
        else:
            held, self._held = self._held, None
            self.send(data)
            self.send(held)
