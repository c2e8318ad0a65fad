"""A real Asterisk, the real dialogue (`ivr` behind FastAGI) in this process with ports of the test's own, and
citizens with a handset each: what they hear and press is real, and a test sees what the flow asks of others.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import threading
import time
from pathlib import Path
from typing import Literal

import ivr.room
from gateway.agi.server import FastAgiServer
from gateway.asterisk.settings import QueueSettings
from gateway.wiring.ivr import NAMES, handler
from ivr.ports import IvrPorts
from ivr.settings import IvrSettings
from tests.ivr.ports import played_ports
from tests.peers import audio
from tests.peers.asterisk import AsteriskPeer, agent, private_settings
from tests.peers.baresip import BaresipPhone
from tests.peers.handset import Handset
from tests.peers.program import PeerFailed
from tests.peers.sipp import SippCaller
from tests.peers.world import PeerWorld
from tests.waiting import wait_for

STEPS = "steps.log"
BEAT_S = 1.0
AGENT = 700.0
PROMPT_S, DIGIT_S = 1.2, 0.3
LONGEST_SILENCE = 5.0


def tone_prompts(folder: Path, seconds: float, *, digits: float | None = None) -> Path:
    """Every built-in prompt as a tone of so many seconds, the spoken digits as one of `digits`."""
    built_in = Path(ivr.room.__file__).parent / "prompts"
    word = audio.tone(folder / "tone.wav", 440, seconds).read_bytes()
    digit = audio.tone(folder / "digit.wav", 440, digits or seconds).read_bytes()
    for file in built_in.glob("*/*.wav"):
        target = folder / file.parent.name / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(digit if file.stem.startswith("digit-") else word)
    return folder


class NotedDesk:
    """Accepts every wish for a callback, and keeps it."""

    def __init__(self) -> None:
        self.asked: list[dict[str, object]] = []

    async def request(self, **asked: object) -> Literal["accepted", "refused"]:
        self.asked.append(asked)
        return "accepted"


class KnownFigures:
    """Everybody is the third, and waits for 130 s more."""

    def position(self, uniqueid: str) -> tuple[int, float] | None:
        return (3, 130.0) if uniqueid else None


class Citizen(SippCaller):
    """A caller who hears, speaks and presses keys at any moment."""

    def __init__(self, folder: Path, *, switch_port: int, caller: str, called: str, seconds: float) -> None:
        super().__init__(folder, switch_port=switch_port, caller=caller, called=called, seconds=seconds)
        assert self._ear is not None
        self._ear.close()
        self.handset = Handset(self.media)
        self._ear = self.handset

    def press(self, keys: str) -> None:
        self.handset.key_in(keys)


class Gateway:
    """The dialogue's server and the heartbeat, in a thread of their own. `stop` is a gateway that is gone."""

    def __init__(self, switch: AsteriskPeer, settings: IvrSettings, ports: IvrPorts) -> None:
        self._switch = switch
        self._room = ivr.room.build(settings, ports)
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._up = threading.Event()
        self._thread = threading.Thread(
            target=self._loop.run_until_complete, args=(self._serve(),), daemon=True
        )

    def start(self) -> None:
        self._thread.start()
        if not self._up.wait(10):
            raise PeerFailed("the dialogue does not serve")

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(5)
            self._loop.close()

    async def _serve(self) -> None:
        server = FastAgiServer(handler(self._room), port=self._switch.ports.fastagi, names=NAMES)
        await server.start()
        while not self._stop.is_set():
            command = f"dialplan set global GW_BEAT {int(time.time())}"
            await self._loop.run_in_executor(None, self._switch.rx, command)
            self._up.set()
            try:
                async with asyncio.timeout(BEAT_S):
                    await self._stop.wait()
            except TimeoutError:
                continue
        await server.stop()
        await self._loop.shutdown_default_executor()


class FlowStage(PeerWorld):
    """One switch for the tests of a file: each lets its own flows be served, and `clear` ends what it left.

    Every prompt is a tone of `PROMPT_S`, digits shorter: who listens here counts steps, not words.
    `round_seconds` is how long a round in the queue takes; a test waits for rounds.
    """

    def __init__(
        self,
        folder: Path,
        *,
        queues: tuple[QueueSettings, ...] = (QueueSettings(name="hotline", ring_seconds=10),),
        phone: bool = False,
        round_seconds: int = 6,
    ) -> None:
        self.folder = folder
        super().__init__()
        self._callers = 0
        self._citizens: list[Citizen] = []
        self._begins = 0
        self._prompts = tone_prompts(folder / "prompts", PROMPT_S, digits=DIGIT_S)
        made = private_settings(
            folder, agents=(agent("agent-1"),), queues=queues, prompts=self._prompts, rtp_ports=40
        )
        self.switch = AsteriskPeer(made.model_copy(update={"round_seconds": round_seconds}))
        self._gateway: Gateway | None = None
        self.phone = self._phone() if phone else None

    def start(self) -> None:
        self._ends.callback(self.switch.close)
        self.switch.start()
        self.switch.rx(f"logger add channel {STEPS} verbose(3)")
        if self.phone is not None:
            self._ends.callback(self.phone.close)
            self.phone.start()
        self._ends.callback(self.clear)

    def serve(self, settings: IvrSettings | None = None, ports: IvrPorts | None = None) -> None:
        """A gateway with these settings, until `clear` or `lose_gateway`."""
        chosen = (settings or IvrSettings()).model_copy(update={"prompts": self._prompts})
        self._gateway = Gateway(self.switch, chosen, ports or played_ports())
        self._gateway.start()

    def stop_gateway(self) -> None:
        """Nobody serves any dialogue; the switch learns it by the beat that stays out."""
        if self._gateway is not None:
            self._gateway.stop()
            self._gateway = None

    def lose_gateway(self) -> None:
        """Nobody serves any dialogue, and the switch knows it."""
        self.stop_gateway()
        self.switch.rx("dialplan set global GW_BEAT 0")

    def gateway_beats(self) -> bool:
        """Whether the last beat is as recent as the dialplan asks."""
        found = re.search(r"GW_BEAT=(\d+)", self.switch.rx("dialplan show globals"))
        age = time.time() - int(found[1]) if found else float("inf")
        return age < self.switch.settings.safety.beat_max_age + 1

    def clear(self) -> None:
        """Nobody is on the line, in the queue or in a dialogue; what was recorded and logged is forgotten."""
        for citizen in self._citizens:
            citizen.close()
        self._citizens.clear()
        self.switch.rx("channel request hangup all")
        self.switch.wait_idle(20)
        self.switch.rx("queue remove member PJSIP/agent-1 from hotline")
        self.lose_gateway()
        shutil.rmtree(self.switch.recordings, ignore_errors=True)
        self.switch.recordings.mkdir()
        self._begins = self._log.stat().st_size if self._log.exists() else 0

    def dial(self, *, number: str = "", called: str = "12345", seconds: float = 90) -> Citizen:
        self._callers += 1
        citizen = Citizen(
            self.folder / f"citizen-{self._callers}",
            switch_port=self.switch.ports.sip,
            caller=number or f"1390451{self._callers:04d}",
            called=called,
            seconds=seconds,
        )
        self._citizens.append(citizen)
        citizen.dial()
        return citizen

    @property
    def _log(self) -> Path:
        return self.switch.settings.directories.log / STEPS

    def steps(self) -> str:
        """Every step of the dialplan in this test so far, as Asterisk logged its execution."""
        if not self._log.exists():
            return ""
        with self._log.open("rb") as file:
            file.seek(self._begins)
            return file.read().decode(errors="replace")

    def reached(self, *wanted: str, timeout: float = 40) -> None:
        """Wait until the steps hold each of these, in this order."""
        try:
            wait_for(lambda: not _missing(self.steps(), wanted), f"steps {wanted}", timeout)
        except PeerFailed as late:
            steps = self.steps()
            lines = [line for line in steps.splitlines() if "Executing" in line]
            raise PeerFailed(
                "\n".join([f"no step {_missing(steps, wanted)!r}: {late}", *lines[-25:]])
            ) from late

    def channel(self, start: str) -> str:
        """The name of the first channel that begins so."""
        rows = self.switch.rx("core show channels concise").splitlines()
        found = [row.split("!")[0] for row in rows if row.startswith(start)]
        if not found:
            raise PeerFailed(f"no channel {start}: {rows}")
        return found[0]

    def redirect(self, channel: str, context: str, extension: str) -> None:
        """As the gateway moves a leg, by AMI: the console's own command is in a module that is not loaded."""
        account = self.switch.settings.ami
        secret = account.secret.get_secret_value()
        actions = (
            f"Action: Login\r\nUsername: {account.name}\r\nSecret: {secret}\r\nEvents: off\r\n\r\n"
            f"Action: Redirect\r\nChannel: {channel}\r\nContext: {context}\r\nExten: {extension}\r\n"
            "Priority: 1\r\n\r\nAction: Logoff\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", self.switch.ports.ami), timeout=20) as link:
            link.sendall(actions.encode())
            answer = b""
            while more := link.recv(4096):
                answer += more
        if b"Redirect successful" not in answer:
            raise PeerFailed(answer.decode(errors="replace"))

    def waited(self, channel: str) -> float:
        """For how many seconds this channel has been there."""
        rows = self.switch.rx("core show channels concise").splitlines()
        return next((float(row.split("!")[-3]) for row in rows if row.startswith(channel)), 0.0)

    def waiting(self) -> list[str]:
        """The channels that wait in the queues, in the order in which they are served."""
        rows = self.switch.rx("queue show").splitlines()
        return [row.split(". ")[1].split(" ")[0] for row in rows if ". PJSIP/trunk" in row]

    def member(self) -> None:
        self.switch.rx("queue add member PJSIP/agent-1 to hotline")

    def wait_waiting(self, count: int) -> list[str]:
        """Wait until so many are in the queues; their channels."""
        wait_for(lambda: len(self.waiting()) == count, f"{count} callers in the queues")
        return self.waiting()

    def _phone(self) -> BaresipPhone:
        return BaresipPhone(
            self.folder / "phone",
            name="agent-1",
            secret=self.switch.settings.agents[0].secret.get_secret_value(),
            switch_port=self.switch.ports.sip,
            speech=audio.tone(self.folder / "agent.wav", AGENT, 60),
        )


def _missing(steps: str, wanted: tuple[str, ...]) -> str:
    """The first of these that the steps do not hold after the ones before it; empty when they hold all."""
    at = 0
    for one in wanted:
        at = steps.find(one, at)
        if at < 0:
            return one
        at += len(one)
    return ""
