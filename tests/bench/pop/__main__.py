"""The bench `pop`: from the AMI bytes that announce a ring to the frame at the agent's desk.

`scripts/bench pop`; raw output goes to the file after `--out`, the table to the screen. The role `centre` is
the real one, the switch is simulated (it replays recorded calls), one desk is a real Chromium, the others are
plain WebSocket clients; the role `speech` recognises more real speech than it can. All on this machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil

from tests.bench.people import person, seat
from tests.bench.pop.browser import BrowserDesk
from tests.mqtt.broker import RenderedBroker
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.checkout import CHECKOUT, HOME
from tests.peers.program import Program
from tests.peers.songhua import Broker, SonghuaPeer

GOAL_MS = 50.0
DESKS = 50
RATE = 10.0
SETTLE_S = 3.0
STREAMS = 8
"""What one speech node takes by default."""
SATURATION_S = 12.0
"""After it every recogniser has utterances waiting."""
SPEECH = CHECKOUT / "tests/audio/caller_zh.wav"


@contextmanager
def child(*words: str, log: Path) -> Iterator[subprocess.Popen[str]]:
    """A module of this bench as a process that ends with us; it is spoken to by lines."""
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=CHECKOUT,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def heard(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"{process.args!r} ended with {process.wait()}")
    return line.strip()


def tell(process: subprocess.Popen[str], line: str = "") -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def run(seconds: float, rate: float, workers: int, folder: Path) -> dict[str, Any]:
    """One run; every figure that the table needs, and the raw latencies in milliseconds."""
    with ExitStack() as stack:
        settings = private_settings(
            folder / "asterisk",
            agents=tuple(agent(f"agent-{number}") for number in range(1, DESKS + 1)),
            prompts=short_prompts(folder / "prompts"),
        )
        unborn = AsteriskPeer(settings)  # only its settings: the switch is simulated
        stack.callback(unborn.close)
        broker = RenderedBroker(folder / "broker")
        stack.callback(broker.close)
        broker.start()
        service = SonghuaPeer(
            folder / "service",
            asterisk=unborn,
            broker=Broker(broker.port, broker.websocket_port, broker.rendered.passwords),
            overrides={"speech": {"workers": max(1, workers)}},
        )
        stack.callback(service.close)
        service.prepare(())
        seat(service, DESKS)
        words = [str(settings.ports.ami), str(rate), str(seconds), str(DESKS), settings.sealed_name]
        switch = stack.enter_context(child("tests.bench.pop.switch", *words, log=folder / "switch.log"))
        assert heard(switch) == "listening"
        service.start(role="centre")
        service.wait_healthy("asterisk", "hotline", timeout=30)
        visitors = [service.sign_in(person(number)) for number in range(1, DESKS + 1)]
        for visitor in visitors:
            visitor.post("/api/agents/me/sign-in", {})
        desks = stack.enter_context(child("tests.bench.pop.desks", service.address, log=folder / "desks.log"))
        tell(desks, json.dumps([visitor.cookie for visitor in visitors[:-1]]))
        assert heard(desks) == "open"
        browser = stack.enter_context(BrowserDesk(folder / "browser", service.address, person(DESKS)))
        speech = saturated(service, broker, folder, stack) if workers else None
        time.sleep(SETTLE_S)
        return measure(service, switch, desks, browser, speech)


def saturated(service: SonghuaPeer, broker: RenderedBroker, folder: Path, stack: ExitStack) -> psutil.Process:
    """The role `speech` with as many legs as it takes, all speaking at once."""
    role = Program(
        [sys.executable, "-m", "gateway.cli", "serve", "--role", "speech", "--config", str(service.config)],
        log=folder / "speech.log",
        cwd=CHECKOUT,
    )
    stack.callback(role.stop, 10)
    words = [str(broker.port), "centre", str(SPEECH), str(STREAMS)]
    talkers = stack.enter_context(child("tests.bench.pop.talkers", *words, log=folder / "talkers.log"))
    tell(talkers, broker.rendered.passwords["centre"])
    assert heard(talkers) == "talking"
    time.sleep(SATURATION_S)
    return psutil.Process(role.pid)


def recognising(speech: psutil.Process | None) -> float:
    """CPU seconds of the recognisers so far."""
    return sum(sum(one.cpu_times()[:2]) for one in speech.children()) if speech else 0.0


def measure(
    service: SonghuaPeer,
    switch: subprocess.Popen[str],
    desks: subprocess.Popen[str],
    browser: BrowserDesk,
    speech: psutil.Process | None,
) -> dict[str, Any]:
    centre = psutil.Process(service.program.pid)
    recognised = recognising(speech)
    cpu, began, load = sum(centre.cpu_times()[:2]), time.monotonic(), os.getloadavg()[0]
    psutil.cpu_percent()
    tell(switch)
    rung: dict[str, float] = json.loads(heard(switch))
    busy = psutil.cpu_percent()
    time.sleep(1)
    tell(desks)
    seen = json.loads(heard(desks))
    in_browser = browser.pops()
    seconds = time.monotonic() - began
    plain = [(at - rung[number]) * 1000 for number, came in seen["pops"].items() for at in came]
    chromium = [(at - rung[number]) * 1000 for number, came in in_browser.items() for at in came]
    shown = {**seen["pops"], **in_browser}
    return {
        "rings": len(rung),
        "lost": len(set(rung) - set(shown)),
        "doubled": sum(len(came) > 1 for came in shown.values()),
        "frames_read": seen["frames"],
        "recogniser_cores": (recognising(speech) - recognised) / seconds,
        "seconds": seconds,
        "centre_cpu_s": sum(centre.cpu_times()[:2]) - cpu,
        "machine_busy_percent": busy,
        "load_before": load,
        "plain_ms": plain,
        "chromium_ms": chromium,
    }


def quantile(values: list[float], share: float) -> float:
    """Nearest rank: a value that was measured."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def table(found: dict[str, Any]) -> str:
    lines = ["| desks | pops | p50 ms | p99 ms | max ms |", "|---|---|---|---|---|"]
    both = found["plain_ms"] + found["chromium_ms"]
    for name, values in (
        (f"{DESKS - 1} plain WebSocket clients", found["plain_ms"]),
        ("1 Chromium", found["chromium_ms"]),
        ("all", both),
    ):
        figures = [
            statistics.median(values) if values else float("nan"),
            quantile(values, 0.99),
            max(values, default=float("nan")),
        ]
        lines.append(f"| {name} | {len(values)} | " + " | ".join(f"{one:.1f}" for one in figures) + " |")
    return "\n".join(lines)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--seconds", type=float, default=30.0)
    arguments.add_argument("--rate", type=float, default=RATE, help="calls in a second")
    arguments.add_argument(
        "--workers",
        type=int,
        default=os.cpu_count() or 1,
        help="recogniser processes; 0: no speech",
    )
    chosen = arguments.parse_args()
    HOME.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-pop-", dir=HOME) as name:
        found = run(chosen.seconds, chosen.rate, chosen.workers, Path(name))
    found["machine"] = {"python": platform.python_version(), "cores": os.cpu_count()}
    found["asked"] = {"rate": chosen.rate, "desks": DESKS, "workers": chosen.workers}
    chosen.out.write_text(json.dumps(found, indent=1))
    print(
        f"{found['rings']} rings at {chosen.rate:g} calls/s, {DESKS} desks; {chosen.workers} recogniser "
        f"processes with {STREAMS} legs that speak, which took {found['recogniser_cores']:.2f} cores\n"
        f"machine {found['machine_busy_percent']:.0f} % busy, load before {found['load_before']:.1f}; "
        f"{found['frames_read']} frames read; "
        f"centre {found['centre_cpu_s'] / max(1, found['rings']) * 1000:.0f} ms CPU a call\n"
    )
    print(table(found) + "\n")
    p99 = quantile(found["plain_ms"] + found["chromium_ms"], 0.99)
    whole = not found["lost"] and not found["doubled"]
    print(f"lost {found['lost']}, doubled {found['doubled']}")
    print(f"goal p99 < {GOAL_MS:g} ms: {'reached' if p99 < GOAL_MS and whole else 'MISSED'} ({p99:.1f} ms)")
    return 0 if p99 < GOAL_MS and whole else 1


if __name__ == "__main__":
    raise SystemExit(main())
