"""A private SvxLink node (Debian package svxlink-server): a radio whose receiver is fed and whose transmitter
is heard over UDP, on one talkgroup of a reflector.
"""

from __future__ import annotations

import math
import socket
import threading
import time
from collections import deque
from pathlib import Path
from typing import Final

import numpy as np

from tests.peers.audio import Samples
from tests.peers.checkout import program
from tests.peers.ports import free_port, release
from tests.peers.program import PeerFailed, Program

CARD_RATE: Final = 16_000
BLOCK: Final = 320  # 20 ms
KEPT: Final = 6_000  # blocks, two minutes
PAUSE_S: Final = 0.3
"""A transmitter that gives nothing for so long was off."""
SHARE: Final = Path("/usr/share/svxlink")
OPEN, CLOSED = "The squelch is OPEN", "The squelch is CLOSED"
HANG_MS: Final = 600
"""How long a radio goes on talking after its last sound: a machine that is busy for a moment ends no talk."""


class SvxLinkPeer:
    """`say` is what somebody says into a radio on its frequency, `transmitted` what other radios hear."""

    def __init__(
        self,
        folder: Path,
        *,
        callsign: str,
        password: str,
        reflector_port: int,
        tg: int,
        hang_ms: int = HANG_MS,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.callsign = callsign
        self.tg = tg
        self._antenna_in = free_port()
        self._antenna_out = free_port()
        self._config = folder / "svxlink.conf"
        self._capture = folder / "transmitted.s16"
        self._program: Program | None = None
        self._threads: list[threading.Thread] = []
        self._stop = threading.Event()
        self._to_say: deque[bytes] = deque()
        self.said: deque[tuple[float, bytes]] = deque(maxlen=KEPT)
        """The last blocks that were said on its frequency, silence too, and when (monotonic); s16le."""
        self.sent: deque[tuple[float, bytes]] = deque(maxlen=KEPT)
        """The blocks that its transmitter gave since `listen_anew`, and when (monotonic)."""
        self.keyed_at: float | None = None
        """When the transmitter gave its first block after `listen_anew` (monotonic)."""
        self._config.write_text(_CONFIG.format(
            core=_logic_cores(), callsign=callsign, password=password, port=reflector_port, tg=tg,
            share=SHARE, rate=CARD_RATE, rx=self._antenna_in, tx=self._antenna_out, hang=hang_ms,
        ))  # fmt: skip

    @property
    def program(self) -> Program:
        assert self._program is not None, "this node was not started"
        return self._program

    @property
    def log(self) -> str:
        """All that it has said."""
        file = self.folder / "svxlink.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def start(self) -> None:
        """Returns when the reflector has let it in. It goes to its talkgroup when somebody talks there."""
        self._capture.write_bytes(b"")
        self._stop.clear()
        self._threads = [
            threading.Thread(target=self._listen, name=f"{self.callsign}-transmitter"),
            threading.Thread(target=self._feed, name=f"{self.callsign}-receiver"),
        ]
        for thread in self._threads:
            thread.start()
        self._program = Program(
            [program("svxlink", package="svxlink-server"), f"--config={self._config}"],
            log=self.folder / "svxlink.log",
            cwd=self.folder,
            env={"HOME": str(self.folder)},
            carries_sound=True,
        )
        self._program.wait_until(
            lambda: "Using audio codec" in self.log, what="a node that is signed in", timeout=20
        )

    def close(self) -> None:
        if self._program is not None:
            self._program.stop(5)
        self._stop.set()
        for thread in self._threads:
            thread.join(5)
        release(self._antenna_in)
        release(self._antenna_out)

    def say(self, frequency: float, seconds: float, level: float = 0.3) -> None:
        """A tone on its frequency, from now on; returns at once."""
        times = np.arange(int(seconds * CARD_RATE) // BLOCK * BLOCK) / CARD_RATE
        self.say_sound(level * np.sin(2 * math.pi * frequency * times))

    def say_sound(self, samples: Samples) -> None:
        """Sound at 16 kHz, -1 to 1, from now on; returns at once. What is less than a block is left out."""
        wave = (samples[: len(samples) // BLOCK * BLOCK] * 32767).astype("<i2").tobytes()
        self._to_say.extend(wave[at : at + 2 * BLOCK] for at in range(0, len(wave), 2 * BLOCK))

    def says_no_more(self) -> None:
        """What is still to be said is left out."""
        self._to_say.clear()

    @property
    def speaking(self) -> bool:
        """Whether some of what `say` was given is still to be said."""
        return bool(self._to_say)

    @property
    def talks(self) -> bool:
        """Whether something is still to be said, or its squelch has not closed after it."""
        return self.speaking or self.log.rfind(OPEN) > self.log.rfind(CLOSED)

    def listen_anew(self) -> None:
        """Forget what was transmitted until now."""
        self._capture.write_bytes(b"")
        self.sent.clear()
        self.keyed_at = None

    def transmitted(self) -> Samples:
        """What the transmitter has given since `listen_anew`, -1 to 1, at 8 kHz."""
        return _at_8_khz(self._capture.read_bytes())

    def transmissions(self) -> Samples:
        """The same, with the silence before each transmission, of which a second at most."""
        parts, before = [], 0.0
        for at, block in list(self.sent):
            pause = min(at - before, 1.0)
            parts += (
                [bytes(int(pause * CARD_RATE / BLOCK) * 2 * BLOCK), block] if pause > PAUSE_S else [block]
            )
            before = at
        return _at_8_khz(b"".join(parts))

    def _listen(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as antenna:
            antenna.bind(("127.0.0.1", self._antenna_out))
            antenna.settimeout(0.2)
            while not self._stop.is_set():
                try:
                    block = antenna.recv(65_536)
                except TimeoutError:
                    continue
                at = time.monotonic()
                if self.keyed_at is None:
                    self.keyed_at = at
                self.sent.append((at, block))
                with self._capture.open("ab") as file:
                    file.write(block)

    def _next_block(self) -> bytes | None:
        try:
            return self._to_say.popleft()
        except IndexError:
            return None

    def _feed(self) -> None:
        """The noise-free frequency: silence, unless somebody says something."""
        silence = bytes(2 * BLOCK)
        due = time.monotonic()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as antenna:
            while not self._stop.is_set():
                block = self._next_block() or silence
                antenna.sendto(block, ("127.0.0.1", self._antenna_in))
                self.said.append((time.monotonic(), block))
                due = max(due + BLOCK / CARD_RATE, time.monotonic() - 0.2)
                time.sleep(max(0.0, due - time.monotonic()))


def _at_8_khz(raw: bytes) -> Samples:
    samples = np.frombuffer(raw[: len(raw) // 4 * 4], dtype="<i2").astype(np.float64) / 32768
    # Tones of tests are far below 4 kHz: the mean of two samples is filter enough.
    return np.asarray(samples.reshape(-1, 2).mean(axis=1), dtype=np.float64)


def _logic_cores() -> Path:
    found = sorted(Path("/usr/lib").glob("*/svxlink/ReflectorLogic.so"))
    if not found:
        raise PeerFailed("ReflectorLogic.so is missing: run scripts/setup (Debian package svxlink-server)")
    return found[0].parent


_CONFIG: Final = """\
[GLOBAL]
LOGIC_CORE_PATH={core}
LOGICS=SimplexLogic,ReflectorLogic
LINKS=Link
TIMESTAMP_FORMAT="%c"
CARD_SAMPLE_RATE={rate}
CARD_CHANNELS=1

[SimplexLogic]
TYPE=Simplex
RX=Receiver
TX=Transmitter
CALLSIGN={callsign}
SHORT_IDENT_INTERVAL=0
LONG_IDENT_INTERVAL=0
EVENT_HANDLER={share}/events.tcl
DEFAULT_LANG=en_US

[ReflectorLogic]
TYPE=Reflector
HOSTS=127.0.0.1
HOST_PORT={port}
CALLSIGN="{callsign}"
AUTH_KEY="{password}"
DEFAULT_TG={tg}
MONITOR_TGS={tg}
TG_SELECT_TIMEOUT=3600
MUTE_FIRST_TX_LOC=0
MUTE_FIRST_TX_REM=0
EVENT_HANDLER={share}/events.tcl

[Link]
CONNECT_LOGICS=SimplexLogic,ReflectorLogic
DEFAULT_ACTIVE=1
TIMEOUT=0

[Receiver]
TYPE=Local
AUDIO_DEV=udp:127.0.0.1:{rx}
AUDIO_CHANNEL=0
SQL_DET=VOX
SQL_START_DELAY=0
SQL_DELAY=0
SQL_HANGTIME={hang}
VOX_FILTER_DEPTH=20
VOX_THRESH=1000
DEEMPHASIS=0
PEAK_METER=0
DTMF_DEC_TYPE=INTERNAL
DTMF_MUTING=0
DTMF_HANGTIME=100

[Transmitter]
TYPE=Local
AUDIO_DEV=udp:127.0.0.1:{tx}
AUDIO_CHANNEL=0
PTT_TYPE=NONE
TX_DELAY=0
PREEMPHASIS=0
DTMF_TONE_LENGTH=100
DTMF_TONE_SPACING=50
DTMF_DIGIT_PWR=-15
"""
