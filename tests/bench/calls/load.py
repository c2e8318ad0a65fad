"""One step of load: SIPp places calls at a rate, SIPp's phones answer them; how many went wrong."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from string import Template

from tests.bench.calls.registrar import register
from tests.peers.asterisk import AsteriskPeer
from tests.peers.checkout import program
from tests.peers.ports import free_port, free_port_range, release
from tests.peers.program import Program

HERE = Path(__file__).parent
MEDIA_PORTS = 1200
KEEPS_UP = 0.95
"""A caller that itself does not reach this share of the rate shows nothing about the switch."""


@dataclass(frozen=True, slots=True)
class Step:
    """`asked` and `placed` in calls a second. A call is good when it went to its end and a phone answered."""

    asked: float
    placed: float
    calls: int
    failed: int
    unanswered: int

    @property
    def good(self) -> bool:
        return not self.failed and not self.unanswered and self.placed >= KEEPS_UP * self.asked


class Phones:
    """The agents' phones: one SIPp that answers for all of them and echoes the sound."""

    def __init__(self, folder: Path, switch: AsteriskPeer) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._switch = switch
        self._port = free_port()
        self._media = free_port_range(4)
        self._program: Program | None = None

    def start(self) -> None:
        register(self._switch.settings.agents, port=self._port, switch_port=self._switch.ports.sip)
        argv: list[str | Path] = [program("sipp", package="sip-tester"), "-sf", HERE / "phones.xml"]
        argv += ["-i", "127.0.0.1", "-p", str(self._port), "-mp", str(self._media), "-rtp_echo", "-aa"]
        argv += ["-nostdin", "-trace_stat", "-fd", "1", "-stf", self._folder / "stat.csv"]
        self._program = Program(argv, log=self._folder / "sipp.log", cwd=self._folder, env={"TERM": "dumb"})

    @property
    def answered(self) -> int:
        """Calls that were answered and hung up by the other side, so far."""
        return int(_last(self._folder / "stat.csv").get("SuccessfulCall(C)", "0"))

    def close(self) -> None:
        if self._program is not None:
            self._program.stop(2)
        release(self._port)
        release(self._media, 4)


def place(
    folder: Path, switch: AsteriskPeer, *, called: str, rate: float, seconds: float, talk: float, speech: Path
) -> Step:
    """`rate` calls a second for `seconds`, each `talk` seconds long; `unanswered` is not known here."""
    folder.mkdir(parents=True)
    port, media = free_port(), free_port_range(MEDIA_PORTS)
    scenario = folder / "caller.xml"
    text = (HERE / "caller.xml").read_text()
    scenario.write_text(Template(text).substitute(speech=speech, milliseconds=int(talk * 1000)))
    calls = int(rate * seconds)
    argv: list[str | Path] = [program("sipp", package="sip-tester"), f"127.0.0.1:{switch.ports.sip}"]
    argv += ["-sf", scenario, "-s", called, "-m", str(calls), "-r", str(rate), "-l", "2000"]
    argv += ["-i", "127.0.0.1", "-p", str(port), "-nostdin", "-aa", "-trace_stat", "-fd", "1"]
    argv += ["-min_rtp_port", str(media), "-max_rtp_port", str(media + MEDIA_PORTS - 1)]
    argv += ["-stf", folder / "stat.csv", "-trace_err", "-error_file", folder / "errors.log"]
    caller = Program(argv, log=folder / "sipp.log", cwd=folder, env={"TERM": "dumb"})
    try:
        caller.wait(seconds + talk + 30)
    finally:
        caller.stop(2)
        release(port)
        release(media, MEDIA_PORTS)
    rows = _rows(folder / "stat.csv")
    reached = next((row for row in rows if int(row["TotalCallCreated"]) >= calls), rows[-1])
    placing = _seconds(reached["ElapsedTime(C)"])
    return Step(
        asked=rate,
        placed=int(reached["TotalCallCreated"]) / max(placing, seconds),
        calls=int(rows[-1]["TotalCallCreated"]),
        failed=int(rows[-1]["FailedCall(C)"]) + calls - int(rows[-1]["TotalCallCreated"]),
        unanswered=0,
    )


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as opened:
        return list(csv.DictReader(opened, delimiter=";"))


def _last(file: Path) -> dict[str, str]:
    rows = _rows(file) if file.exists() else []
    return rows[-1] if rows else {}


def _seconds(text: str) -> float:
    hours, minutes, seconds, *rest = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + (int(rest[0]) / 1e6 if rest else 0)
