"""Takes positions of cameras that move from the receivers beside them, and says which link is lost.

A receiver is known by its address: over TCP it has shown that it is there, over UDP that is taken only where
the settings say so. Nothing follows from a position but where the camera is shown.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from core.errors import Unavailable
from core.listening import Addresses, ConnectionSlots, listen
from core.listening.listener import BACKLOG, peer_of
from core.log import logger
from core.metrics import counter, gauge
from core.room import Health
from core.storage import Storage
from sensing.cameras.service import CameraRegister
from sensing.cameras.store import CameraPosition, put_positions
from sensing.nmea.links import ReceiverLinks
from sensing.nmea.sentence import NmeaLines, sentence_of
from sensing.nmea.settings import NmeaSettings
from sensing.rates import SendingRates

TICK_S: Final = 0.5
WRITE_EVERY_S: Final = 5.0
RATE: Final = (20_000.0, 100_000.0)
"""Bytes a second of one address on the long run, and at once: receivers write a few lines each second."""
MOST_CONNECTIONS: Final = 2_048
FIRST_S: Final = 30.0
_sentences = counter("sensing_nmea_sentences", "Lines of receivers by what became of them", ["fate"])
_lost = gauge("sensing_nmea_links_lost", "Receivers of positions that say nothing")
_log = logger("sensing")


class NmeaPositions:
    """Nothing listens without receivers in the settings. `networks` are where they are."""

    def __init__(
        self, settings: NmeaSettings, networks: Addresses, storage: Storage, register: CameraRegister
    ) -> None:
        self._settings = settings
        self._networks = networks
        self._storage = storage
        self._clock = storage.clock
        self._register = register
        codes: defaultdict[tuple[str, bool], list[str]] = defaultdict(list)
        for code, one in settings.receivers.items():
            codes[str(one.address), False].append(code)
            if one.udp:
                codes[str(one.address), True].append(code)
        self._codes: Mapping[tuple[str, bool], Sequence[str]] = dict(codes)
        """Cameras by the address of their receiver, over TCP (False) and over UDP (True)."""
        self._rates = SendingRates(*RATE)
        self._links = ReceiverLinks(settings.receivers, settings.silent_s, self._clock.monotonic())
        self._slots = ConnectionSlots(MOST_CONNECTIONS, per_address=4, first_s=FIRST_S)
        self._moved: dict[str, CameraPosition] = {}
        self._udp: asyncio.DatagramTransport | None = None
        self._server: asyncio.Server | None = None
        self._listener: Any = None
        self._lines: set[asyncio.Transport] = set()

    @property
    def is_open(self) -> bool:
        return self._server is not None

    async def run(self) -> None:
        """For ever. Raises `OSError` when the port is taken."""
        await self._open()
        self._links = ReceiverLinks(
            self._settings.receivers, self._settings.silent_s, self._clock.monotonic()
        )
        written = self._clock.monotonic()
        try:
            while True:
                self.tick()
                if self._clock.monotonic() - written >= WRITE_EVERY_S:
                    await self.write()
                    written = self._clock.monotonic()
                await self._clock.sleep(TICK_S)
        finally:
            self.close()

    def close(self) -> None:
        """Every connection ends too."""
        if self._udp is not None:
            self._udp.abort()
        if self._server is not None:
            self._server.close()
        elif self._listener is not None:
            self._listener.close()
        for line in list(self._lines):
            line.abort()
        self._udp = self._server = self._listener = None

    def health(self) -> Health:
        """Degraded while the port is not ours, and while a link is lost."""
        if not self.is_open:
            why = f"port {self._settings.port} of {self._settings.host} is not open: is it taken?"
            return Health("nmea", "degraded", why)
        if self._links.lost:
            some = ", ".join(sorted(self._links.lost)[:5])
            why = f"{len(self._links.lost)} of {len(self._settings.receivers)} links are lost: {some}"
            return Health("nmea", "degraded", why)
        return Health("nmea", "up")

    def tick(self) -> None:
        """Say which links are lost now."""
        if self._listener is not None:
            self._listener.end_late()
        for code in self._links.tick(self._clock.monotonic()):
            self._register.links_lost[code] = self._clock.now()
            _log.warning("the link of a camera that moves is lost", code=code)
        _lost.set(len(self._links.lost))

    async def write(self) -> None:
        """Record where cameras are; while the database is away it waits."""
        moved, self._moved = self._moved, {}
        if not moved:
            return
        try:
            async with self._storage.write() as transaction:
                await put_positions(transaction, moved)
        except Unavailable as error:
            self._moved = {**moved, **self._moved}
            _log.info("positions are recorded later", error=error.kind)

    # What the sockets tell ---------------------------------------------------------------------------

    def expects(self, ip: str, *, udp: bool) -> bool:
        """Whether a receiver sends from there."""
        return (ip, udp) in self._codes and ip in self._networks

    def came(self, transport: asyncio.Transport) -> None:
        self._lines.add(transport)

    def left(self, transport: asyncio.Transport | None) -> None:
        if transport is not None:
            self._lines.discard(transport)

    def data(self, ip: str, data: bytes, lines: NmeaLines, *, udp: bool) -> bool:
        """Whether a sentence was among them."""
        if not self.expects(ip, udp=udp):
            _sentences.labels("stranger").inc()
            return False
        if not self._rates.allows(ip, self._clock.monotonic(), len(data)):
            _sentences.labels("flood").inc()
            return False
        said = [self._line(ip, one, udp=udp) for one in lines.feed(data)]
        return any(said)

    def served(self, peer: tuple[str, int]) -> None:
        """Somebody on this connection has said a sentence."""
        self._slots.served(peer)

    def _line(self, ip: str, line: bytes, *, udp: bool) -> bool:
        sentence = sentence_of(line)
        if sentence is None:
            # Receivers say much else, which is no fault.
            _sentences.labels("other").inc()
            return False
        _sentences.labels("fix" if sentence.fix else "no-fix").inc()
        for code in self._codes[ip, udp]:
            if self._links.heard(code, self._clock.monotonic()):
                _log.info("the link of a camera that moves is back", code=code)
            self._register.links_lost.pop(code, None)
            if sentence.fix is not None and abs(sentence.fix.lat) <= 85:
                one = CameraPosition(self._clock.now(), sentence.fix.lon, sentence.fix.lat)
                self._register.positions[code] = self._moved[code] = one
        return True

    async def _open(self) -> None:
        loop, one = asyncio.get_running_loop(), self._settings
        try:
            self._listener = listen(one.host, one.port, self._slots, of="nmea", only=self._networks)
            self._server = await loop.create_server(
                lambda: _NmeaConnection(self), sock=self._listener, backlog=BACKLOG
            )
            if one.takes_udp:
                self._udp, _ = await loop.create_datagram_endpoint(
                    lambda: _NmeaDatagrams(self), local_addr=(one.host, one.port)
                )
        except OSError:
            self.close()
            raise


class _NmeaDatagrams(asyncio.DatagramProtocol):
    def __init__(self, positions: NmeaPositions) -> None:
        self._positions = positions

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        # A datagram holds whole lines, of which the last may lack its end.
        self._positions.data(peer_of(addr)[0], data + b"\n", NmeaLines(), udp=True)


class _NmeaConnection(asyncio.Protocol):
    def __init__(self, positions: NmeaPositions) -> None:
        self._positions = positions
        self._lines = NmeaLines()
        self._peer = ("", 0)
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._peer = peer_of(transport.get_extra_info("peername") or ("", 0))
        self._positions.came(transport)
        if not self._positions.expects(self._peer[0], udp=False):
            transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._positions.data(self._peer[0], data, self._lines, udp=False):
            self._positions.served(self._peer)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._positions.left(self._transport)
