"""A real Asterisk, the real dialogue (`ivr` behind FastAGI) in this process with ports of the test's own, and
citizens with a handset each: what they hear and press is real, and a test sees what the flow asks of others.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from pathlib import Path

import ivr.room
from gateway.agi.server import FastAgiServer
from gateway.asterisk.settings import QueueSettings
from gateway.wiring.ivr import NAMES, handler
from ivr.ports import IvrPorts
from ivr.settings import IvrSettings
from tests.peers import audio
from tests.peers.asterisk import AsteriskPeer, agent, private_settings
from tests.peers.baresip import BaresipPhone
from tests.peers.handset import Handset
from tests.peers.program import PeerFailed
from tests.peers.sipp import SippCaller
from tests.peers.world import PeerWorld

STEPS = "steps.log"
BEAT_S = 1.0
AGENT = 700.0


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


class Stage(PeerWorld):
    """`round_seconds` is short here: a test waits for rounds."""

    def __init__(
        self,
        folder: Path,
        *,
        settings: IvrSettings | None = None,
        ports: IvrPorts | None = None,
        queues: tuple[QueueSettings, ...] = (QueueSettings(name="hotline", ring_seconds=10),),
        phone: bool = False,
        round_seconds: int = 6,
    ) -> None:
        self.folder = folder
        super().__init__()
        self._callers = 0
        made = private_settings(folder, agents=(agent("agent-1"),), queues=queues, rtp_ports=40)
        self.switch = AsteriskPeer(made.model_copy(update={"round_seconds": round_seconds}))
        self._settings = settings or IvrSettings()
        self._ports = ports or IvrPorts()
        self.phone = self._phone() if phone else None
        self.gateway: Gateway

    def start(self) -> None:
        self._ends.callback(self.switch.close)
        self.switch.start()
        self.switch.rx(f"logger add channel {STEPS} verbose(3)")
        if self.phone is not None:
            self._ends.callback(self.phone.close)
            self.phone.start()
        self.gateway = Gateway(self.switch, self._settings, self._ports)
        self._ends.callback(self.gateway.stop)
        self.gateway.start()

    def dial(self, *, number: str = "", called: str = "12345", seconds: float = 60) -> Citizen:
        self._callers += 1
        citizen = Citizen(
            self.folder / f"citizen-{self._callers}",
            switch_port=self.switch.ports.sip,
            caller=number or f"1390451{self._callers:04d}",
            called=called,
            seconds=seconds,
        )
        self._ends.callback(citizen.close)
        citizen.dial()
        return citizen

    def steps(self) -> str:
        """Every step of the dialplan so far, as Asterisk logged its execution."""
        log = self.switch.settings.directories.log / STEPS
        return log.read_text(errors="replace") if log.exists() else ""

    def reached(self, *wanted: str, timeout: float = 20) -> None:
        """Wait until the steps hold each of these, in this order."""
        deadline = time.monotonic() + timeout
        while True:
            steps = self.steps()
            at = 0
            for one in wanted:
                at = steps.find(one, at)
                if at < 0:
                    break
                at += len(one)
            else:
                return
            if time.monotonic() > deadline:
                lines = [line for line in steps.splitlines() if "Executing" in line]
                raise PeerFailed(f"no step {one!r} within {timeout} s:\n" + "\n".join(lines[-25:]))
            time.sleep(0.05)

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
        actions = (
            f"Action: Login\r\nUsername: {account.name}\r\nSecret: {account.secret}\r\nEvents: off\r\n\r\n"
            f"Action: Redirect\r\nChannel: {channel}\r\nContext: {context}\r\nExten: {extension}\r\n"
            "Priority: 1\r\n\r\nAction: Logoff\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", self.switch.ports.ami), timeout=5) as link:
            link.sendall(actions.encode())
            answer = b""
            while more := link.recv(4096):
                answer += more
        if b"Redirect successful" not in answer:
            raise PeerFailed(answer.decode(errors="replace"))

    def waiting(self) -> list[str]:
        """The channels that wait in the queues, in the order in which they are served."""
        rows = self.switch.rx("queue show").splitlines()
        return [row.split(". ")[1].split(" ")[0] for row in rows if ". PJSIP/trunk" in row]

    def member(self) -> None:
        self.switch.rx("queue add member PJSIP/agent-1 to hotline")

    def _phone(self) -> BaresipPhone:
        return BaresipPhone(
            self.folder / "phone",
            name="agent-1",
            secret=self.switch.settings.agents[0].secret,
            switch_port=self.switch.ports.sip,
            speech=audio.tone(self.folder / "agent.wav", AGENT, 60),
        )
