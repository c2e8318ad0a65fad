"""Citizens who phone while something breaks: one SIPp, each stays long enough to reach a person."""

from __future__ import annotations

import signal
from pathlib import Path
from string import Template
from types import TracebackType
from typing import Self

from tests.bench.calls import load
from tests.peers.checkout import program
from tests.peers.ports import free_port, free_port_range, release
from tests.peers.program import PeerFailed, Program
from tests.real.faults.city import City, token

TALK_S = 8.0
"""From the answer: half a second of greeting, up to five of a silent gateway, then a phone that answers."""
MEDIA_PORTS = 200


class Traffic:
    """`rate` callers a second until `stop`, which lets those who are on the line finish."""

    def __init__(self, city: City, *, rate: float = 1.0, talk_s: float = TALK_S) -> None:
        self._city = city
        self._folder = city.folder / f"traffic-{token()}"
        self._port = free_port()
        self._media = free_port_range(MEDIA_PORTS)
        self._rate = rate
        self._talk_s = talk_s
        self._program: Program | None = None

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True)
        scenario = self._folder / "caller.xml"
        text = (Path(load.__file__).parent / "caller.xml").read_text()
        scenario.write_text(
            Template(text).substitute(speech=self._city.speech, milliseconds=int(self._talk_s * 1000))
        )
        argv: list[str | Path] = [
            program("sipp", package="sip-tester"), f"127.0.0.1:{self._city.switch.ports.sip}",
            "-sf", scenario, "-s", "12345", "-r", str(self._rate), "-l", "200",
            "-i", "127.0.0.1", "-p", str(self._port), "-nostdin", "-aa", "-trace_stat", "-fd", "1",
            "-min_rtp_port", str(self._media), "-max_rtp_port", str(self._media + MEDIA_PORTS - 1),
            "-stf", self._folder / "stat.csv", "-trace_err", "-error_file", self._folder / "errors.log",
        ]  # fmt: skip
        self._program = Program(argv, log=self._folder / "sipp.log", cwd=self._folder, env={"TERM": "dumb"})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop(wait_s=0 if kind else self._talk_s + 20)

    def stop(self, *, wait_s: float) -> None:
        """No new callers; returns when the last one has hung up."""
        if self._program is None:
            return
        if self._program.running:
            self._program.signal(signal.SIGUSR1)
            try:
                self._program.wait(wait_s)
            except PeerFailed:
                self._program.stop(2)
        self._program = None
        release(self._port)
        release(self._media, MEDIA_PORTS)
