"""Records what a real Asterisk says on its manager port while citizens with Chinese names phone the hotline.

Run `python -m tests.bench.ami.record` to make `recording.ami.gz` anew; every number and name is invented.
"""

from __future__ import annotations

import gzip
import re
import socket
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from gateway.asterisk.settings import QueueSettings
from tests.bench.ami.recording import RECORDING
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.baresip import BaresipPhone
from tests.peers.checkout import ASTERISK_ROOT, CHECKOUT, program
from tests.peers.ports import free_port
from tests.peers.program import PeerFailed, Program

HERE = Path(__file__).parent
AGENTS = ("agent-1", "agent-2", "agent-3")
NAMES = (
    "王小明",
    "李桂兰",
    "张建国（南岗区）",
    "欧阳丽娜",
    "赵铁柱",
    "陈静 Chen Jing",
    "孙·巴特尔",
    "周婷婷",
    "黑龙江省哈尔滨市道里区中央大街某某物业管理有限责任公司客户服务中心值班室热线",
    "吴强",
)
CALLS = 30


class Recorder(threading.Thread):
    """Logs in and keeps every byte after the answer to the login."""

    def __init__(self, port: int, username: str, secret: str) -> None:
        super().__init__(daemon=True)
        self._link = socket.create_connection(("127.0.0.1", port))
        self._link.sendall(
            f"Action: Login\r\nUsername: {username}\r\nSecret: {secret}\r\nEvents: on\r\n\r\n".encode()
        )
        self.data = bytearray()
        self.start()

    def run(self) -> None:
        while piece := self._link.recv(65536):
            self.data += piece

    def close(self) -> bytes:
        self._link.shutdown(socket.SHUT_RDWR)
        self.join(5)
        self._link.close()
        return bytes(self.data).split(b"\r\n\r\n", 1)[1]


def record(folder: Path) -> bytes:
    """Thirty calls through the queue to three phones; returns the raw stream."""
    callers = folder / "callers.csv"
    lines = [f"{NAMES[number % len(NAMES)]};1390451{number:04d}" for number in range(CALLS)]
    callers.write_text("SEQUENTIAL\n" + "\n".join(lines) + "\n")
    with ExitStack() as stack:
        settings = private_settings(
            folder,
            agents=tuple(agent(name) for name in AGENTS),
            queues=(QueueSettings(name="hotline", ring_seconds=10, fallback_members=AGENTS),),
            prompts=short_prompts(folder / "prompts"),
        )
        switch = AsteriskPeer(settings)
        stack.callback(switch.close)
        switch.start()
        for one in settings.agents:
            phone = BaresipPhone(
                folder / one.name,
                name=one.name,
                secret=one.secret.get_secret_value(),
                switch_port=settings.ports.sip,
            )
            stack.callback(phone.close)
            phone.start()
        recorder = Recorder(settings.ports.ami, settings.ami.name, settings.ami.secret.get_secret_value())
        argv: list[str | Path] = [program("sipp", package="sip-tester"), f"127.0.0.1:{settings.ports.sip}"]
        argv += ["-sf", HERE / "caller.xml", "-inf", callers, "-m", str(CALLS), "-r", "1"]
        argv += ["-i", "127.0.0.1", "-p", str(free_port()), "-nostdin", "-timeout", "120"]
        sipp = Program(argv, log=folder / "sipp.log", cwd=folder, env={"TERM": "dumb"})
        stack.callback(sipp.stop, 2)
        status = sipp.wait(150)
        if status:
            raise PeerFailed(f"SIPp ended with {status}: {(folder / 'sipp.log').read_text()[-2000:]}")
        switch.wait_idle(30)
        time.sleep(1)
        return recorder.close()


def anonymous(stream: bytes, folder: Path) -> bytes:
    """Without this machine's folders, ports and name."""
    for path, name in (
        (folder, b"/var/lib/songhua"),
        (ASTERISK_ROOT, b""),
        (CHECKOUT, b"/opt/songhua"),
    ):
        stream = stream.replace(str(path).encode(), name)
    stream = stream.replace(socket.gethostname().encode(), b"switch")
    return re.sub(rb"127\.0\.0\.1:\d+", b"127.0.0.1:5060", stream)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="songhua-recording-") as name:
        folder = Path(name)
        stream = anonymous(record(folder), folder)
    with RECORDING.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(stream)
    events = stream.count(b"\r\n\r\n")
    print(f"{RECORDING.name}: {CALLS} calls, {events} events, {len(stream)} bytes")


if __name__ == "__main__":
    main()
