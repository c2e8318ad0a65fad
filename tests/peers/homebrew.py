"""A repeater by somebody else (hytera-homebrew-bridge 2021.2), and a simulated radio behind it.

The repeater is the real peer: it signs in, pings and passes bursts. What the radio says is built by our own
codecs, which are checked against captured bursts.
"""

from __future__ import annotations

import asyncio
import fcntl
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from radio_bridge.codecs import ars, dmrd, lrrp, tms
from radio_bridge.codecs.bits import Undecodable
from radio_bridge.codecs.dmr import burst, data_header, datagram, link_control, packet, trellis
from radio_bridge.codecs.dmr.crc import crc32
from radio_bridge.codecs.dmr.data_header import AccessPoint
from radio_bridge.codecs.dmr.datagram import CENTRE_NET, IpDatagram, address_of
from radio_bridge.codecs.dmr.reed_solomon import HEADER_MASK, TERMINATOR_MASK
from radio_bridge.codecs.dmrd import DataType, Frame
from tests.peers.checkout import CHECKOUT, HOME
from tests.peers.ports import free_port, release
from tests.peers.program import PeerFailed, Program

REQUIREMENTS = CHECKOUT / "requirements" / "homebrew-peer.txt"
ENVIRONMENT = HOME / "homebrew-peer"
VOICE_S = 0.06
COLOUR = 1
_NO_VOICE = bytes.fromhex("b9e881526173002a6bb9e881526000000000000173002a6bb9e881526173002a6b")


def environment() -> Path:
    """Its Python; made once for a checkout, in about ten seconds. Raises `PeerFailed`."""
    HOME.mkdir(parents=True, exist_ok=True)
    python = ENVIRONMENT / "bin" / "python"
    made = ENVIRONMENT / "requirements.txt"
    with (HOME / "homebrew-peer.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if made.exists() and made.read_bytes() == REQUIREMENTS.read_bytes():
            return python
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        for argv in (
            [sys.executable, "-m", "venv", str(ENVIRONMENT)],
            [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "-r",
             str(REQUIREMENTS)],
        ):  # fmt: skip
            done = subprocess.run(argv, capture_output=True, text=True, check=False)
            if done.returncode:
                raise PeerFailed(f"{argv}: {done.stderr[-2000:]}")
        made.write_bytes(REQUIREMENTS.read_bytes())
    return python


class Station(Protocol):
    """A repeater, as a radio behind it needs it."""

    number: int

    def say(self, data: bytes) -> None: ...

    def listen(self) -> list[Frame]: ...


class HomebrewStation:
    """The program; `frames` is what has come to it from the master."""

    def __init__(self, folder: Path, *, master_port: int, number: int, password: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.number = number
        self.log_file = folder / f"station-{number}.log"
        self._arguments = [str(master_port), str(number), password]
        self._control = free_port()
        self._program: Program | None = None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(("127.0.0.1", 0))
        self.frames: list[Frame] = []

    @property
    def program(self) -> Program:
        assert self._program is not None, "this repeater was not started"
        return self._program

    def start(self) -> None:
        script = CHECKOUT / "tests" / "peers" / "homebrew_station.py"
        argv = [str(environment()), str(script), *self._arguments, str(self._control)]
        self._program = Program(argv, log=self.log_file, carries_sound=True)
        self.program.wait_until(lambda: "Sending Login Request" in self.log, what="a login")
        self._socket.sendto(b"", ("127.0.0.1", self._control))

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def say(self, data: bytes) -> None:
        """To the master, as it is."""
        self._socket.sendto(data, ("127.0.0.1", self._control))

    def listen(self) -> list[Frame]:
        """All frames so far."""
        while True:
            try:
                self.frames.append(dmrd.decode(self._socket.recv(4096)))
            except BlockingIOError:
                return self.frames
            except Undecodable as error:
                raise AssertionError("the master sent no frame") from error

    def kill(self) -> None:
        self.program.kill()

    def close(self) -> None:
        if self._program is not None:
            self._program.stop(2)
        self._socket.close()
        release(self._control)


class Radio:
    """What a radio of this number sends through a repeater; frames are given to `say`."""

    def __init__(self, station: Station, number: int, centre: int, *, slot: int = 2) -> None:
        self.station = station
        self.number = number
        self._centre = centre
        self._slot = slot
        self._dice = random.Random(number)
        self._seq = 0
        self._assembler = packet.Assembler()
        self._looked = 0

    # --- voice ----------------------------------------------------------------------------------------

    async def talk(
        self, tg: int, seconds: float, *, emergency: bool = False, alias: str = "", end: bool = True
    ) -> None:
        """In real time."""
        for data in self.talk_frames(tg, seconds, emergency=emergency, alias=alias, end=end):
            self.station.say(data)
            await asyncio.sleep(VOICE_S)

    def talk_frames(
        self,
        tg: int,
        seconds: float,
        *,
        emergency: bool = False,
        alias: str = "",
        end: bool = True,
        signalled: Sequence[link_control.LinkControl] = (),
    ) -> Iterator[bytes]:
        """Header three times, superframes of six bursts with the call, the alias and what else is `signalled`
        in turn, terminator.
        """
        stream = self._dice.getrandbits(32)
        control = link_control.VoiceUser(False, 0x80 if emergency else 0, tg, self.number)
        header = burst.data_burst(link_control.to_full(control, HEADER_MASK), COLOUR, DataType.VOICE_HEADER)
        for _ in range(3):
            yield self._frame(tg, stream, header, data_type=DataType.VOICE_HEADER)
        turns = [control, *(link_control.alias_blocks(alias) if alias else ()), *signalled]
        for number in range(max(1, int(seconds / VOICE_S))):
            place, superframe = number % 6, number // 6
            bits = link_control.to_embedded(turns[superframe % len(turns)])
            yield self._frame(tg, stream, _voice(place, bits), voice=place)
        if end:
            last = burst.data_burst(link_control.to_full(control, TERMINATOR_MASK), COLOUR, 2)
            yield self._frame(tg, stream, last, data_type=DataType.VOICE_TERMINATOR)

    # --- data -----------------------------------------------------------------------------------------

    def register(self) -> None:
        message = ars.ArsRegistration(ars.ArsKind.REGISTRATION, str(self.number), event=1)
        self._datagram(ars.PORT, ars.encode(message))

    def deregister(self) -> None:
        self._datagram(ars.PORT, ars.encode(ars.Notice(ars.ArsKind.DEREGISTRATION)))

    def text(self, words: str, sequence: int = 1, *, pretending: int | None = None) -> None:
        self._datagram(tms.PORT, tms.encode(tms.TmsText(sequence, words)), pretending=pretending)

    def acknowledge(self, sequence: int) -> None:
        self._datagram(tms.PORT, tms.encode(tms.TmsAck(sequence)))

    def is_at(self, lat: float, lon: float) -> None:
        elements = (lrrp.Element(0x51, "circle-2d", (lat, lon, 5.0)), lrrp.Element(0x6C, "speed-hor", (2.5,)))
        self._datagram(lrrp.PORT, lrrp.encode(lrrp.Document(lrrp.LrrpKind.TRIGGERED_REPORT, elements)))

    def confirmed_text(self, words: str, sequence: int, *, rate_34: bool = False) -> None:
        """As MOTOTRBO radios send it: each block with its number and check."""
        for data in self._confirmed(tms.PORT, tms.encode(tms.TmsText(sequence, words)), rate_34=rate_34):
            self.station.say(data)

    def heard(self) -> list[tuple[int, object]]:
        """What has come for this radio since the last time: ports and messages; a response to its packets
        has port 0.
        """
        found: list[tuple[int, object]] = []
        frames = self.station.listen()
        for frame in frames[self._looked :]:
            if frame.target != self.number or not frame.private:
                continue
            if frame.data_type is DataType.DATA_HEADER:
                found += _response(frame)
            whole = self._assembler.take(frame, time.monotonic())
            if whole is not None:
                contents = whole.contents()
                codec = {ars.PORT: ars, tms.PORT: tms, lrrp.PORT: lrrp}[contents.target_port]
                found.append((contents.target_port, codec.decode(contents.payload)))
        self._looked = len(frames)
        return found

    def _datagram(self, port: int, payload: bytes, *, pretending: int | None = None) -> None:
        for data in self._bursts(
            packet.bursts(
                self._ip(port, payload, pretending), source=self.number, target=self._centre,
                service=AccessPoint.IP, colour_code=COLOUR,
            )
        ):  # fmt: skip
            self.station.say(data)

    def _ip(self, port: int, payload: bytes, pretending: int | None = None) -> bytes:
        source = address_of(self.number if pretending is None else pretending)
        return datagram.to_ip(IpDatagram(port, port, payload, source, address_of(self._centre, CENTRE_NET)))

    def _confirmed(self, port: int, payload: bytes, *, rate_34: bool) -> Iterator[bytes]:
        yield from self._bursts(
            _confirmed_bursts(self._ip(port, payload), self.number, self._centre, rate_34=rate_34)
        )

    def _bursts(self, bursts: Sequence[tuple[DataType, bytes]]) -> Iterator[bytes]:
        stream = self._dice.getrandbits(32)
        for kind, one in bursts:
            yield self._frame(self._centre, stream, one, data_type=kind, private=True)

    def _frame(
        self, target: int, stream: int, payload: bytes, *, data_type: DataType | None = None,
        voice: int | None = None, private: bool = False,
    ) -> bytes:  # fmt: skip
        self._seq = (self._seq + 1) & 0xFF
        return dmrd.encode(
            Frame(
                self._seq, self.number, target, self.station.number, self._slot, private, stream, payload,
                data_type, voice, 0, 60,
            )
        )  # fmt: skip


def _confirmed_bursts(
    octets: bytes, source: int, target: int, *, rate_34: bool
) -> list[tuple[DataType, bytes]]:
    """Header and blocks of a confirmed packet."""
    size = 16 if rate_34 else 10
    count = -(-(len(octets) + packet.CHECK_BYTES) // size)
    padding = count * size - packet.CHECK_BYTES - len(octets)
    body = octets + bytes(padding)
    whole = body + crc32(body).to_bytes(packet.CHECK_BYTES)
    header = data_header.PacketHeader(
        True, False, True, AccessPoint.IP, padding, target, source, count, send_number=1
    )
    made = [(DataType.DATA_HEADER, burst.of_block(data_header.encode(header), COLOUR, DataType.DATA_HEADER))]
    for number in range(count):
        block = packet.confirmed_block(whole[number * size : (number + 1) * size], number, rate_34=rate_34)
        if rate_34:
            made.append((DataType.RATE_34, burst.data_burst(trellis.encode(block), COLOUR, DataType.RATE_34)))
        else:
            made.append((DataType.RATE_12, burst.of_block(block, COLOUR, DataType.RATE_12)))
    return made


def _voice(place: int, bits: int) -> bytes:
    """A burst of silence with its sync, or with a quarter of the signalling."""
    if place == 0:
        return burst.with_sync(_NO_VOICE)
    if place == 5:
        return burst.with_embedded(_NO_VOICE, burst.Embedded(COLOUR, 0, 0))
    part = {1: 1, 4: 2}.get(place, 3)
    quarter = bits >> (32 * (4 - place)) & 0xFFFFFFFF
    return burst.with_embedded(_NO_VOICE, burst.Embedded(COLOUR, part, quarter))


def _response(frame: Frame) -> list[tuple[int, object]]:
    block = burst.info_block(frame.burst)
    header = None if block is None else data_header.decode(block)
    return [(0, header)] if isinstance(header, data_header.ResponseHeader) else []
