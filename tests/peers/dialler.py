"""An agent's telephone that dials by itself: SIPp with the endpoint's password, one call or many at once."""

from __future__ import annotations

import time
from pathlib import Path
from string import Template

from gateway.asterisk.settings import AgentPhone
from tests.peers.audio import Samples
from tests.peers.checkout import program
from tests.peers.earpiece import Earpiece
from tests.peers.ports import free_port, free_port_range, release
from tests.peers.program import Program
from tests.peers.sipp import MEDIA_PORTS, SCENARIOS
from tests.peers.sipp_log import Message, messages


class SippDialler:
    """`dial(number, calls=20)` places the calls as fast as it can; `answers()` tells what each ended with."""

    def __init__(self, folder: Path, *, phone: AgentPhone, switch_port: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.phone = phone
        self.switch_port = switch_port
        self.port = free_port()
        self.media = free_port_range(MEDIA_PORTS)
        self._ear = Earpiece(self.media)
        self._dialled = 0.0
        self._round = 0
        self._program: Program | None = None

    def dial(self, number: str, *, calls: int = 1, every: float = 0.0, seconds: float = 1.0) -> None:
        """Each call ends `seconds` after the answer; `every` is the time between two (0: all at once)."""
        self._dialled = time.monotonic()
        self._round += 1
        scenario = self.folder / f"dialler-{self._round}.xml"
        scenario.write_text(
            Template((SCENARIOS / "dialler.xml").read_text()).substitute(
                user=self.phone.name,
                secret=self.phone.secret.get_secret_value(),
                media=self.media,
                milliseconds=int(seconds * 1000),
            )
        )
        argv: list[str | Path] = [program("sipp", package="sip-tester"), f"127.0.0.1:{self.switch_port}"]
        argv += ["-sf", scenario, "-s", number, "-m", str(calls), "-l", str(calls), "-r", str(calls)]
        argv += [
            "-rp",
            "200",
            "-i",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-nostdin",
            "-mp",
            str(self.media + 2),
        ]
        argv += ["-trace_err", "-error_file", self.folder / "errors.log"]
        argv += ["-trace_msg", "-message_file", self._log]
        self._program = Program(
            argv, log=self.folder / "sipp.log", cwd=self.folder, env={"TERM": "dumb"}, carries_sound=True
        )

    @property
    def _log(self) -> Path:
        return self.folder / f"messages-{self._round}.log"

    def wait(self, timeout: float = 30.0) -> int:
        assert self._program is not None
        return self._program.wait(timeout)

    def errors(self) -> str:
        """What SIPp says went wrong: words that it did not wait for, calls that it gave up."""
        log = self.folder / "errors.log"
        return log.read_text(errors="replace") if log.exists() else ""

    def answers(self) -> list[int]:
        """The final status of each call of the last round, in no order."""
        final: dict[str, int] = {}
        for message in messages(self._log):
            if (
                message.sent
                or not message.first.startswith("SIP/2.0 ")
                or "INVITE" not in message.header("CSeq")
            ):
                continue
            status = int(message.first.split()[1])
            if status >= 200 and status != 401:
                final[message.header("Call-ID")] = status
        return sorted(final.values())

    def told(self) -> list[Message]:
        """What the switch has sent in the last round."""
        return [one for one in messages(self._log) if not one.sent]

    def heard(self) -> Samples:
        """What arrived since it dialled, of one call; the phone itself sends nothing."""
        return self._ear.samples(self._dialled)

    def provisional(self) -> set[int]:
        """The provisional statuses of the last round."""
        firsts = (one.first for one in messages(self._log) if not one.sent)
        return {int(first.split()[1]) for first in firsts if first.startswith("SIP/2.0 1")}

    def call(self, number: str, *, seconds: float = 0.3) -> int:
        """One call; its final status."""
        self.dial(number, seconds=seconds)
        self.wait()
        (status,) = self.answers()
        return status

    def close(self) -> None:
        if self._program is not None:
            self._program.stop(2)
        self._ear.close()
        release(self.port)
        release(self.media, MEDIA_PORTS)
