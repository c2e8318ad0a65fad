"""The floor's real rules with a driver below them, and ears that remember: what each test speaks to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import numpy as np

from radio_bridge.drivers.voice import VoiceNetwork
from radio_bridge.floor.model import FIELD, Cause, FloorRules, FloorStage, FloorState, admits
from radio_bridge.floor.reduce import apply
from radio_bridge.floor.signals import (
    AskNetwork,
    CeaseNetwork,
    FloorPressed,
    FloorRelease,
    FloorRequestEnded,
    FloorTaken,
    FloorTick,
    Granted,
    NetworkAway,
    Quiet,
    Said,
    Signal,
    Talking,
)
from tests.peers.audio import Samples

FRAME_S = 0.02
RULES = FloorRules(owned_by_network=True, hang_s=0.0, answer_s=3.0)


@dataclass
class Heard:
    """`frames` with who talked and when each came (monotonic)."""

    frames: list[tuple[str, bytes, float]] = field(default_factory=list)
    ends: int = 0

    def samples(self) -> Samples:
        pcm = b"".join(frame for _, frame, _ in self.frames)
        return np.frombuffer(pcm, "<i2").astype(np.float64) / 32768


class Control:
    """Implements `FloorOwner`, `Ears` and `Arrivals` for one driver."""

    def __init__(self, driver: VoiceNetwork) -> None:
        self.driver = driver
        self.floors = {group: FloorState(group, "test", RULES) for group in driver.groups}
        self.said: list[tuple[str, Said]] = []
        self.signals: list[tuple[str, Signal]] = []
        self.heard_on = {group: Heard() for group in driver.groups}
        self.nodes: frozenset[str] = frozenset()
        driver.attach(self, self, self)

    # --- for the driver -------------------------------------------------------------------------------

    def take(self, group: str, signal: Signal) -> None:
        self.signals.append((group, signal))
        floor, said = apply(self.floors[group], signal, time.monotonic())
        self.floors[group] = floor
        for one in said:
            self.said.append((group, one))
            match one:
                case AskNetwork(ask):
                    self.driver.ask(group, ask)
                case CeaseNetwork(party, request_id):
                    self.driver.cease(group, party, request_id)

    def audio(self, group: str, token: str) -> bool:
        return admits(self.floors[group], token, time.monotonic())

    def heard(self, group: str, party: str, frame: bytes) -> None:
        self.heard_on[group].frames.append((party, frame, time.monotonic()))

    def ended(self, group: str) -> None:
        self.heard_on[group].ends += 1

    def there(self, addresses: frozenset[str], *, network: str) -> None:
        assert network == self.driver.network
        self.nodes = addresses

    # --- for the test ---------------------------------------------------------------------------------

    def press(self, group: str, party: str = "app:17", priority: int = FIELD) -> UUID:
        request_id = uuid4()
        self.take(group, FloorPressed(party, request_id, priority))
        return request_id

    def let_go(self, group: str, request_id: UUID, party: str = "app:17") -> None:
        self.take(group, FloorRelease(party, request_id))

    def token(self, group: str) -> str:
        hold = self.floors[group].hold
        return "" if hold is None else hold.token

    def stage(self, group: str) -> FloorStage:
        return self.floors[group].stage

    def talker(self, group: str) -> str | None:
        outsider = self.floors[group].outsider
        return None if outsider is None else outsider.party

    def granted(self, request_id: UUID) -> bool:
        return any(isinstance(one, Granted) and one.ask.request_id == request_id for _, one in self.said)

    def end_of(self, request_id: UUID) -> Cause | None:
        """Why this request is over; None while it is not."""
        causes = [
            one.over.cause
            for _, one in self.said
            if isinstance(one, FloorRequestEnded) and one.over.request_id == request_id
        ]
        return causes[0] if causes else None

    def talks(self, group: str) -> list[tuple[str, str]]:
        """What everybody was told, in order: who began and who ended."""
        return [
            ("began" if isinstance(one, FloorTaken) else "ended", one.party)
            for told, one in self.said
            if told == group and isinstance(one, FloorTaken | Quiet)
        ]

    def went_away(self, group: str) -> bool:
        return (group, NetworkAway()) in self.signals

    async def until(self, ready: Callable[[], bool], what: str, timeout: float = 10.0) -> None:
        """Wait for it while the floor's time goes on."""
        deadline = time.monotonic() + timeout
        while not ready():
            if time.monotonic() > deadline:
                raise AssertionError(f"no {what} within {timeout} s: {self.driver.health()}")
            for group in self.floors:
                self.take(group, FloorTick())
            await asyncio.sleep(0.02)

    async def up(self, timeout: float = 15.0) -> None:
        await self.until(lambda: self.driver.health().state == "up", "link", timeout)

    async def talk(self, group: str, frequency: float, seconds: float) -> UUID:
        """Press, wait for the grant, say a tone in real time; the floor is still held afterwards."""
        request_id = self.press(group)
        await self.until(
            lambda: self.granted(request_id) or self.end_of(request_id) is not None, "answer", 5.0
        )
        assert self.granted(request_id), self.end_of(request_id)
        await self.say(group, frequency, seconds)
        return request_id

    async def say(self, group: str, frequency: float, seconds: float) -> None:
        """A tone of whoever has the floor, frame by frame as a microphone gives it."""
        due = time.monotonic()
        for number in range(int(seconds / FRAME_S)):
            token = self.token(group)
            self.driver.speak(group, token, _tone(frequency, number))
            if number % 25 == 0 and token:
                self.take(group, Talking("app:17", token))
            due += FRAME_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))


def _tone(frequency: float, number: int) -> bytes:
    times = (np.arange(160) + 160 * number) / 8000
    return (0.3 * np.sin(2 * np.pi * frequency * times) * 32767).astype("<i2").tobytes()
