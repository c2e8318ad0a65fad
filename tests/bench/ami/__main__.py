"""The bench `ami`: events/s on one core, from socket bytes to the state of calls and queues, own and peers.

`scripts/bench ami`; raw output goes to the file after `--out`, the table to the screen.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import sysconfig
from dataclasses import asdict, dataclass, field
from pathlib import Path

from hotline.signals import EVENTS
from tests.bench.ami.desk import Desk
from tests.bench.ami.headers import Headers
from tests.bench.ami.recording import Recording
from tests.peers.checkout import HOME

HERE = Path(__file__).parent
WORK = HOME / "bench"
GOAL = 150_000
RUNS = 3
OWN_EVENTS = 200_000
PEER_EVENTS = 100_000
FLAT_EVENTS = 1_000_000
FLAT_FACTOR = 1.05
"""Memory after a million events may be at most this much larger than after the first fifth."""
OWN = ("own", "own-unfiltered")


@dataclass(frozen=True, slots=True)
class Run:
    client: str
    version: str
    events: int
    seconds: float
    cpu_seconds: float
    digest: str
    rss_kb: list[int]
    peak_kb: int

    @property
    def rate(self) -> float:
        """Events for each second of wall clock."""
        return self.events / self.seconds

    @property
    def rate_cpu(self) -> float:
        """Events for each second of CPU: what one core does when nothing else disturbs it."""
        return self.events / self.cpu_seconds


def peers() -> dict[str, str]:
    """Name and pinned version of each peer."""
    lines = (HERE / "peers.txt").read_text().splitlines()
    pins = [line.split("==") for line in lines if "==" in line]
    return dict(pins)


def environment(peer: str, version: str) -> Path:
    """The Python of an environment that has only this peer, made when it is missing."""
    folder = HOME / "bench-venvs" / f"{peer}-{version}"
    python = folder / "bin" / "python"
    done = folder / "complete"
    if not done.exists():
        print(f"installing {peer} {version} …", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", f"{peer}=={version}"], check=True)
        done.touch()
    return python


def measure(client: str, python: Path, version: str, stream: Path, step: int) -> Run:
    """One run of one client, pinned to one core; the feeder has another one where there is one."""
    cores = sorted(os.sched_getaffinity(0))
    feeder = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.ami.feeder", stream, str(step), str(cores[-1])],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert feeder.stdout is not None
        port = feeder.stdout.readline().strip()
        done = subprocess.run(
            [python, HERE / "client.py", client, port, str(cores[0]), sysconfig.get_paths()["purelib"]],
            stdout=subprocess.PIPE,
            text=True,
            timeout=600,
            check=True,
        )
    finally:
        feeder.kill()
        feeder.wait()
    found = json.loads(done.stdout.splitlines()[-1])
    found.pop("effects")
    return Run(client=client, version=version, **found)


def table(best: dict[str, Run], *, same: set[str]) -> str:
    """Markdown; the ratio is to the fastest peer."""
    fastest = max((run.rate_cpu for name, run in best.items() if name not in OWN), default=0.0)
    lines = [
        "| client | events/s of one core | of wall clock | to the fastest peer | same state | peak MB |",
        "|---|---|---|---|---|---|",
    ]
    for name, run in best.items():
        ratio = f"{run.rate_cpu / fastest:.2f}" if fastest else "–"
        lines.append(
            f"| {name} {run.version} | {run.rate_cpu:,.0f} | {run.rate:,.0f} | {ratio} "
            f"| {'yes' if name in same else 'no'} | {run.peak_kb / 1024:.0f} |"
        )
    return "\n".join(lines)


@dataclass(slots=True)
class Bench:
    """One run of the whole bench; `stream` is a scratch file."""

    recording: Recording
    stream: Path
    runs: list[Run] = field(default_factory=list)
    best: dict[str, Run] = field(default_factory=dict)
    references: set[str] = field(default_factory=set)

    def compare(self, clients: dict[str, tuple[Path, str]], *, events: int, times: int) -> None:
        """Every client reads the same stream; our own codec says which state is right."""
        size = self.recording.write(self.stream, events)
        self.references.add(reference_digest(self.stream))
        print(f"{size:,} events, {', '.join(clients)}", file=sys.stderr)
        for name, (python, version) in clients.items():
            for _ in range(times):
                run = measure(name, python, version, self.stream, self.step)
                self.runs.append(run)
                if name not in self.best or run.rate_cpu > self.best[name].rate_cpu:
                    self.best[name] = run

    def flat(self) -> Run:
        """A million events through our own client."""
        self.recording.write(self.stream, FLAT_EVENTS)
        return measure("own", Path(sys.executable), "", self.stream, self.step)

    @property
    def step(self) -> int:
        return len(self.recording.round_of(0))

    def same(self) -> set[str]:
        return {name for name, run in self.best.items() if run.digest in self.references}


def reference_digest(stream: Path) -> str:
    """The state by the plainest means: each frame split and decoded whole, no client, no limits."""
    desk = Desk()
    for frame in stream.read_bytes().split(b"\r\n\r\n"):
        lines = frame.decode("utf-8", "replace").split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines if ": " in line)
        if headers.get("Event") in EVENTS:
            desk.take(Headers(headers["Event"], headers))
    return desk.digest


def told(best: dict[str, Run]) -> bool:
    """Print whether the goal is reached."""
    rate = best["own"].rate_cpu
    print(f"goal {GOAL:,} events/s on one core: {'reached' if rate >= GOAL else 'MISSED'} ({rate:,.0f})")
    return rate >= GOAL


def flat_told(run: Run) -> bool:
    """Print whether memory stays level."""
    first, last = run.rss_kb[len(run.rss_kb) // 5], run.rss_kb[-1]
    level = last <= first * FLAT_FACTOR
    print(
        f"memory over {run.events:,} events: {first / 1024:.1f} MB after a fifth, {last / 1024:.1f} MB at "
        f"the end: {'flat' if level else 'GROWS'} ({run.rate_cpu:,.0f} events/s)"
    )
    return level


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--runs", type=int, default=RUNS)
    arguments.add_argument("--events", type=int, default=OWN_EVENTS)
    arguments.add_argument("--own", action="store_true", help="without the peers")
    arguments.add_argument("--skip-flat", action="store_true", help="without the million events")
    chosen = arguments.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    bench = Bench(Recording.load(), WORK / "ami-stream.bin")
    bench.compare({name: (Path(sys.executable), "") for name in OWN}, events=chosen.events, times=chosen.runs)
    if not chosen.own:
        clients = {name: (environment(name, version), version) for name, version in peers().items()}
        bench.compare(clients, events=min(chosen.events, PEER_EVENTS), times=chosen.runs)
    print(f"\n{table(bench.best, same=bench.same())}\n")
    fine = told(bench.best)
    flat = None if chosen.skip_flat else bench.flat()
    if flat is not None:
        fine = flat_told(flat) and fine
    bench.stream.unlink()
    found = {
        "machine": {"python": platform.python_version(), "cores": os.cpu_count()},
        "recording": {"events": bench.recording.events, "bytes": bench.step},
        "runs": [asdict(run) for run in bench.runs],
        "flat": asdict(flat) if flat else None,
    }
    chosen.out.write_text(json.dumps(found, indent=1))
    return 0 if fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
