"""Many telephones: SIPp's phones that ring, answer and echo; SIPp's callers at a rate. A-law, both ways."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from string import Template

from gateway.asterisk.settings import AgentPhone
from tests.bench.calls.registrar import register
from tests.peers.asterisk import AsteriskPeer
from tests.peers.checkout import program
from tests.peers.ports import free_port, free_port_range, release
from tests.peers.program import Program

HERE = Path(__file__).parent


class Phones:
    """One SIPp that is all of these phones. Each rings `ring_s` and answers; sound comes back as an echo.

    Without a switch nothing is registered: these are citizens behind a trunk to `port`.
    """

    def __init__(
        self, folder: Path, switch: AsteriskPeer | None, phones: Sequence[AgentPhone], *, ring_s: float = 0.2
    ) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._switch = switch
        self._phones = tuple(phones)
        self._ring_ms = int(ring_s * 1000)
        self.port = free_port()
        self._media = free_port_range(4)
        self._program: Program | None = None

    def start(self) -> None:
        if self._switch is not None:
            register(self._phones, port=self.port, switch_port=self._switch.ports.sip)
        scenario = self._folder / "phones.xml"
        scenario.write_text(
            Template((HERE / "phones.xml").read_text()).substitute(ring_ms=max(1, self._ring_ms))
        )
        argv: list[str | Path] = [program("sipp", package="sip-tester"), "-sf", scenario]
        argv += ["-i", "127.0.0.1", "-p", str(self.port), "-mp", str(self._media), "-rtp_echo", "-aa"]
        argv += ["-nostdin", "-trace_stat", "-fd", "1", "-stf", self._folder / "stat.csv"]
        argv += ["-trace_err", "-error_file", self._folder / "errors.log"]
        self._program = Program(argv, log=self._folder / "sipp.log", cwd=self._folder, env={"TERM": "dumb"})

    @property
    def running(self) -> bool:
        return self._program is not None and self._program.running

    @property
    def pid(self) -> int:
        assert self._program is not None, "these phones were not started"
        return self._program.pid

    def close(self) -> None:
        if self._program is not None:
            self._program.stop(2)
        release(self.port)
        release(self._media, 4)


class Callers:
    """`count` calls at `rate` a second, at most `at_once`. Each stays `stay_s` after the answer, or a time
    between two that it picks for itself. Numbers are `prefix` and eight digits.
    """

    def __init__(
        self,
        folder: Path,
        switch: AsteriskPeer,
        *,
        rate: float,
        count: int,
        stay_s: float | tuple[float, float],
        at_once: int = 2_000,
        speech: Path | None = None,
        called: str = "12345",
        prefix: str = "139",
    ) -> None:
        folder.mkdir(parents=True)
        self.count = count
        self._folder = folder
        longest = stay_s if isinstance(stay_s, int | float) else stay_s[1]
        self._ports = 4 * min(at_once, count, int(rate * (longest + 10)) + 10) if speech else 8
        self._port, self._media = free_port(), free_port_range(self._ports)
        scenario = folder / "caller.xml"
        speak = f'<nop><action><exec rtp_stream="{speech},-1,8,PCMA/8000"/></action></nop>' if speech else ""
        # A caller without speech sends no sound and hears none: the port only has to be ours.
        media = "[rtpstream_audio_port]" if speech else str(self._media)
        text = Template((HERE / "caller.xml").read_text())
        scenario.write_text(text.substitute(speak=speak, stay=_stay(stay_s), media=media))
        argv: list[str | Path] = [program("sipp", package="sip-tester"), f"127.0.0.1:{switch.ports.sip}"]
        # SIPp's rate is whole calls in a period: a call every so many ms is written as 1 in that period.
        numbers = folder / "numbers.csv"
        numbers.write_text(
            "SEQUENTIAL\n" + "".join(f"{prefix}{number:08d};\n" for number in range(1, count + 1))
        )
        argv += ["-inf", numbers, "-sf", scenario, "-s", called, "-m", str(count), "-l", str(at_once)]
        argv += ["-r", "1", "-rp", str(max(1, round(1000 / rate)))] if rate < 20 else ["-r", str(round(rate))]
        argv += ["-i", "127.0.0.1", "-p", str(self._port), "-nostdin", "-aa", "-trace_stat", "-fd", "1"]
        argv += ["-min_rtp_port", str(self._media), "-max_rtp_port", str(self._media + self._ports - 1)]
        argv += ["-stf", folder / "stat.csv", "-trace_err", "-error_file", folder / "errors.log"]
        self._argv = argv
        self._program: Program | None = None

    def start(self) -> None:
        self._program = Program(
            self._argv, log=self._folder / "sipp.log", cwd=self._folder, env={"TERM": "dumb"}
        )

    @property
    def program(self) -> Program:
        assert self._program is not None, "these callers have not dialled"
        return self._program

    @property
    def placed(self) -> int:
        return int(self._last().get("TotalCallCreated", "0"))

    @property
    def now(self) -> int:
        return int(self._last().get("CurrentCall", "0"))

    @property
    def failed(self) -> int:
        """Calls that did not go to their end as the scenario says, and those that were never placed."""
        last = self._last()
        return int(last.get("FailedCall(C)", "0")) + self.count - int(last.get("TotalCallCreated", "0"))

    def wait(self, timeout: float) -> None:
        self.program.wait(timeout)

    def close(self) -> None:
        if self._program is not None:
            self._program.stop(2)
        release(self._port)
        release(self._media, self._ports)

    def _last(self) -> dict[str, str]:
        file = self._folder / "stat.csv"
        if not file.exists():
            return {}
        with file.open(newline="") as opened:
            rows = [row for row in csv.DictReader(opened, delimiter=";") if row.get("FailedCall(C)")]
        return rows[-1] if rows else {}


def _stay(stay_s: float | tuple[float, float]) -> str:
    if isinstance(stay_s, int | float):
        return f'milliseconds="{int(stay_s * 1000)}"'
    low, high = (int(one * 1000) for one in stay_s)
    return f'distribution="uniform" min="{low}" max="{high}"'
