"""A private Asterisk rendered from `asterisk-conf/`: own folders, free ports, many at once."""

from __future__ import annotations

import re
import secrets
import socket
import time
from pathlib import Path

from gateway.asterisk.machine_checks import (
    ALARM_PROMPTS,
    CREW_PROMPTS,
    FOLLOW_UP_PROMPTS,
    NOTICE_PROMPTS,
    WARNING_PROMPTS,
)
from gateway.asterisk.render import prepare_directories, render
from gateway.asterisk.settings import (
    AgentPhone,
    AmiUser,
    AsteriskSettings,
    Directories,
    Ports,
    QueueSettings,
    Trunk,
    UnitPages,
)
from tests.peers.audio import tone
from tests.peers.checkout import ASTERISK, ASTERISK_ROOT, CHECKOUT
from tests.peers.ports import free_port, free_port_range, release
from tests.peers.program import PeerFailed, Program

RTP_PORTS = 400
RX_TIMEOUT_S = 15.0
VERBOSE = "\x7f"
"""Begins a line that the switch says of its own accord, to every console."""
SYSTEM_MODULES = (
    "usr/lib/*-linux-gnu*/asterisk/modules",
    "usr/lib/asterisk/modules",
    "usr/lib64/asterisk/modules",
)


def private_settings(
    folder: Path,
    *,
    agents: tuple[AgentPhone, ...] | None = None,
    queues: tuple[QueueSettings, ...] | None = None,
    fastagi_port: int | None = None,
    prompts: Path | None = None,
    rtp_ports: int = RTP_PORTS,
    system_name: str = "songhua",
) -> AsteriskSettings:
    """Settings of an instance below `folder`: a trunk from 127.0.0.1, two agents (one in a browser)."""
    modules, data = installed_switch()
    rtp = free_port_range(rtp_ports)
    return AsteriskSettings(
        system_name=system_name,
        ports=Ports(
            sip=free_port(),
            http=free_port(),
            ami=free_port(),
            fastagi=fastagi_port or free_port(),
            rtp_first=rtp,
            rtp_last=rtp + rtp_ports - 1,
        ),
        directories=Directories(
            etc=folder / "etc",
            modules=modules,
            data=data,
            varlib=folder / "lib",
            spool=folder / "spool",
            run=folder / "run",
            log=folder / "log",
            prompts=prompts or CHECKOUT / "ivr" / "prompts",
            recordings=folder / "recordings",
        ),
        ami=AmiUser(secret=secrets.token_hex(16)),
        trunks=(Trunk(name="trunk", match=("127.0.0.1",)),),
        unit_pages=UnitPages(secret=secrets.token_hex(16)),
        agents=agents if agents is not None else (agent("agent-1"), agent("agent-2", browser=True)),
        queues=queues or (QueueSettings(name="hotline", ring_seconds=15),),
    )


def short_prompts(folder: Path) -> Path:
    """A prompts folder whose greeting is half a second of tone, for tests that are about something else."""
    for language in ("zh", "en"):
        for name in ("greeting", "queue-wait"):
            tone(folder / language / f"{name}.wav", 440, 0.5)
    return folder


def alarm_prompts(folder: Path) -> Path:
    """With a short tone for each prompt that who is called for an emergency, a job or a case hears."""
    for language in ("zh", "en"):
        names = [
            *(f"alarm-{one}" for one in ALARM_PROMPTS), *(f"crew-{one}" for one in CREW_PROMPTS),
            *(f"digit-{one}" for one in range(10)), *FOLLOW_UP_PROMPTS, *NOTICE_PROMPTS,
            *WARNING_PROMPTS,
        ]  # fmt: skip
        for name in names:
            tone(folder / language / f"{name}.wav", 440, 0.1)
    return folder


def agent(name: str, *, browser: bool = False) -> AgentPhone:
    """An agent's phone with a secret of its own."""
    return AgentPhone(name=name, secret=secrets.token_hex(12), browser=browser)


class AsteriskPeer:
    """One running instance. `settings` tells every port, folder and secret."""

    def __init__(self, settings: AsteriskSettings, *, preload: Path | None = None) -> None:
        """`preload` is a shared object that is loaded before the switch's libraries, to slow it down."""
        self.settings = settings
        self._preload = preload
        self.ports = settings.ports
        self.recordings = settings.directories.recordings
        self.cel = settings.directories.cel
        self._program: Program | None = None

    @property
    def config(self) -> Path:
        return self.settings.directories.etc / "asterisk.conf"

    @property
    def messages(self) -> Path:
        """Asterisk's own log of notices, warnings and errors."""
        return self.settings.directories.log / "messages.log"

    @property
    def program(self) -> Program:
        if self._program is None:
            raise PeerFailed("this Asterisk was not started")
        return self._program

    def start(self) -> None:
        """Render, start, and return when it is fully booted (about a second)."""
        if not ASTERISK.exists():
            raise PeerFailed("there is no Asterisk: run scripts/setup --only asterisk")
        render(self.settings, self.settings.directories.etc)
        prepare_directories(self.settings)
        self._launch()

    def rx(self, command: str) -> str:
        """What `asterisk -rx` prints, asked over the same socket: a process for each question is slow, and
        tests ask again and again until something holds.
        """
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as console:
                console.settimeout(RX_TIMEOUT_S)
                console.connect(str(self.settings.directories.run / "asterisk.ctl"))
                console.sendall(b"cli quit after " + command.encode() + b"\0")
                printed = b"".join(iter(lambda: console.recv(65536), b""))
        except (FileNotFoundError, ConnectionError) as error:
            return f"Unable to connect to remote asterisk ({error})\n"
        _greeting, _, answer = printed.decode(errors="replace").partition("\n")
        return "".join(line for line in answer.splitlines(keepends=True) if not line.startswith(VERBOSE))

    def channels(self) -> int:
        """Open channels. Asterisk 22 seldom keeps the surrogate of a redirected channel (state Down, deaf to
        hang-ups) when the call ends in that moment; nobody is on it, and the hotline ignores it too.
        """
        found = re.search(r"(\d+) active channel", self.rx("core show channels count"))
        count = int(found.group(1)) if found else 0
        if count == 0:
            return 0
        rows = self.rx("core show channels concise").splitlines()
        return count - sum(row.startswith("Surrogate/") for row in rows)

    def wait_idle(self, timeout: float = 10.0) -> None:
        """Wait until no channel is open; a channel that stays is a leak."""
        deadline = time.monotonic() + timeout
        while self.channels():
            if time.monotonic() > deadline:
                raise PeerFailed(f"channels stay open:\n{self._open_channels()}")
            time.sleep(0.2)

    def _open_channels(self) -> str:
        """Everything that the switch tells of them: such a leak is seldom seen twice."""
        names = [row.partition("!")[0] for row in self.rx("core show channels concise").splitlines() if row]
        told = ["core show channels verbose", *(f"core show channel {name}" for name in names[:4])]
        told += ["bridge show all", "pjsip show channels", "core show threads", "core show taskprocessors"]
        return "\n".join([*(self.rx(command) for command in told), self._where_threads_wait()])

    def _where_threads_wait(self) -> str:
        """What each thread of the switch waits for in the kernel: a lock (futex), a socket, time."""
        lines = []
        for task in sorted(Path(f"/proc/{self.program.pid}/task").iterdir()):
            try:
                name, waits, call = ((task / one).read_text().strip() for one in ("comm", "wchan", "syscall"))
            except OSError:  # it has ended meanwhile, or the kernel does not tell
                continue
            lines.append(f"{task.name} {name} {waits} {call}")
        return "\n".join(lines)

    def registered(self, endpoint: str) -> bool:
        """True when the endpoint has a contact that can be rung."""
        return bool(re.search(r"Contact:\s+\S+/sip:", self.rx(f"pjsip show endpoint {endpoint}")))

    def kill(self) -> None:
        """As if the power went: SIGKILL."""
        self.program.kill()

    def restart(self) -> None:
        """Start again after `kill` or `stop`, with the same ports, folders and database."""
        if self._program is not None and self._program.running:
            self.stop()
        self._launch()

    def stop(self) -> None:
        """End it now, hanging up whatever is there."""
        if self._program is None or not self._program.running:
            return
        self.rx("core stop now")
        try:
            self._program.wait(10)
        except PeerFailed:
            self._program.kill()

    def close(self) -> None:
        """Stop, and give the ports back."""
        self.stop()
        for port in (self.ports.sip, self.ports.http, self.ports.ami, self.ports.fastagi):
            release(port)
        release(self.ports.rtp_first, self.ports.rtp_last - self.ports.rtp_first + 1)

    def _launch(self) -> None:
        log = self.settings.directories.log / "console.log"
        env = {"LD_PRELOAD": str(self._preload)} if self._preload else None
        self._program = Program(
            [ASTERISK, "-C", self.config, "-f", "-q"], log=log, env=env, carries_sound=True
        )
        self._program.wait_until(self._booted, what="a fully booted Asterisk", timeout=40)

    def _booted(self) -> bool:
        if not (self.settings.directories.run / "asterisk.ctl").exists():
            return False
        return "fully booted" in self.rx("core waitfullybooted").lower()


def installed_switch() -> tuple[Path, Path]:
    """Folders of the modules and of the data, of the private root or of the machine's own Asterisk."""
    private = ASTERISK.exists() and "asterisk-root" in ASTERISK.read_text(errors="replace")
    base = ASTERISK_ROOT if private else Path("/")
    for pattern in SYSTEM_MODULES:
        for modules in sorted(base.glob(pattern)):
            for data in (base / "usr/share/asterisk", base / "var/lib/asterisk"):
                if (data / "documentation").is_dir():
                    return modules, data
    raise PeerFailed(f"no modules of Asterisk below {base}: run scripts/setup --only asterisk")
