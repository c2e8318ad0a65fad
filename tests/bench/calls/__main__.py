"""The bench `calls`: the highest rate without a failed call, whole service against a bare dialplan.

`scripts/bench calls`; raw output goes to the file after `--out`, the table to the screen. Both on the same
Asterisk in the same run, with the same SIPp callers (speech as RTP) and phones (echo). Bare: Answer, Playback
of the same greeting, Queue; no gateway, no CEL file, no recording. Whole: the default flow with the gateway,
recording, CEL, taps and the recogniser. SIPp, Asterisk and the service share this machine's cores.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import psutil

from gateway.asterisk.settings import QueueSettings
from tests.bench.calls.load import Phones, Step, place
from tests.bench.people import seat
from tests.mqtt.broker import RenderedBroker
from tests.peers.asterisk import AsteriskPeer, agent, private_settings
from tests.peers.audio import to_ulaw
from tests.peers.checkout import CHECKOUT, HOME
from tests.peers.songhua import Broker, SonghuaPeer

GOAL = 0.9
RATES = (10.0, 20.0, 25.0, 30.0, 35.0, 40.0)
STEP_S = 6.0
TALK_S = 9.0
"""From the answer: the greeting is 6 s, then a phone rings and answers, and two seconds of talk are left."""
PHONES = 200
"""Each belongs to a person: its calls pop and are tapped. Nobody is signed in: no wrap-up comes between."""
RTP_PORTS = 1800
HOTLINE, BARE = "12345", "777"
GREETING = "greeting"
LEDGER_MODULES = ("cel_custom.so", "cel_manager.so")
SHED = re.compile(
    r"^(songhua_(?:hotline_taps_shed|agi_refused|bus_dropped|hotline_closings_dropped|speech_streams_shed"
    r"|speech_utterances_lost|ami_dropped)\w*)_total(\{[^}]*\})? (\S+)$",
    re.MULTILINE,
)


class Bench:
    """One switch and its phones; the service comes and goes."""

    def __init__(self, folder: Path, *, seconds: float, rates: list[float]) -> None:
        self._folder = folder
        self._seconds = seconds
        self._rates = rates
        names = tuple(f"agent-{number}" for number in range(1, PHONES + 1))
        queue = QueueSettings(name="hotline", ring_seconds=20)
        self.switch = AsteriskPeer(
            private_settings(
                folder / "asterisk", agents=tuple(agent(name) for name in names), queues=(queue,),
                rtp_ports=RTP_PORTS,
            )
        )  # fmt: skip
        self.phones = Phones(folder / "phones", self.switch)
        self.speech = to_ulaw(CHECKOUT / "tests/audio/caller_zh.wav", folder / "speech.ulaw")

    def start(self, stack: ExitStack) -> None:
        stack.callback(self.switch.close)
        self.switch.start()
        stack.callback(self.phones.close)
        self.phones.start()
        prompts = self.switch.settings.directories.prompts
        for step in (
            "1,Answer,", f"2,Playback,{prompts}/zh/{GREETING}", "3,Queue,hotline\\,c", "4,Hangup,",
        ):  # fmt: skip
            self.switch.rx(f"dialplan add extension s,{step} into bare")
        self.switch.rx(f"dialplan add extension {BARE},1,Goto,bare\\,s\\,1 into hotline")

    def man_the_queue(self) -> None:
        """Members that stay whatever happens: no wrap-up stands between two calls."""
        for one in self.switch.settings.agents:
            self.switch.rx(f"queue add member PJSIP/{one.name} to hotline")

    def climb(self, name: str, called: str) -> list[Step]:
        """Rising rates until the first one that is not good."""
        steps: list[Step] = []
        for rate in self._rates:
            before = self.phones.answered
            step = place(
                self._folder / f"{name}-{rate:g}", self.switch, called=called, rate=rate,
                seconds=self._seconds, talk=TALK_S, speech=self.speech,
            )  # fmt: skip
            self.switch.wait_idle(20)
            time.sleep(1.5)  # the phones' count is written every second
            answered = self.phones.answered - before
            step = replace(step, unanswered=max(0, step.calls - step.failed - answered))
            steps.append(step)
            print(f"{name}: {step}", flush=True)
            shutil.rmtree(self.switch.recordings, ignore_errors=True)
            if not step.good:
                break
        return steps

    def ledger(self, *, on: bool) -> None:
        for module in LEDGER_MODULES:
            self.switch.rx(f"module {'load' if on else 'unload'} {module}")


def serve(folder: Path, switch: AsteriskPeer, stack: ExitStack) -> SonghuaPeer:
    """Every role, with a broker."""
    broker = RenderedBroker(folder / "broker")
    stack.callback(broker.close)
    broker.start()
    service = SonghuaPeer(
        folder / "service",
        asterisk=switch,
        broker=Broker(broker.port, broker.websocket_port, broker.rendered.passwords),
    )
    stack.callback(service.close)
    service.prepare(())
    seat(service, PHONES)
    service.start()
    service.wait_healthy()
    return service


def cpu_of(service: SonghuaPeer) -> dict[str, float]:
    """CPU seconds of each role so far, with its children."""
    found: dict[str, float] = {}
    for child in psutil.Process(service.program.pid).children():
        words = child.cmdline()
        role = words[words.index("--role") + 1] if "--role" in words else "other"
        for one in [child, *child.children(recursive=True)]:
            key = role if one is child else f"{role}: recogniser"
            found[key] = found.get(key, 0.0) + sum(one.cpu_times()[:2])
    return found


def shed(service: SonghuaPeer) -> dict[str, float]:
    with urllib.request.urlopen(f"{service.address}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return {f"{name}{labels}": float(value) for name, labels, value in SHED.findall(text) if float(value)}


def best(steps: list[Step]) -> float:
    return max((step.asked for step in steps if step.good), default=0.0)


def run(folder: Path, *, seconds: float, rates: list[float]) -> dict[str, Any]:
    with ExitStack() as stack:
        bench = Bench(folder, seconds=seconds, rates=rates)
        bench.start(stack)
        bench.ledger(on=False)
        bench.man_the_queue()
        load = os.getloadavg()[0]
        bare = bench.climb("bare", BARE)
        bench.ledger(on=True)
        service = serve(folder, bench.switch, stack)
        bench.man_the_queue()
        before = cpu_of(service)
        whole = bench.climb("whole", HOTLINE)
        time.sleep(2)
        used = {role: value - before.get(role, 0.0) for role, value in cpu_of(service).items()}
        return {
            "bare": [asdict(step) for step in bare],
            "whole": [asdict(step) for step in whole],
            "best": {"bare": best(bare), "whole": best(whole)},
            "whole_calls": sum(step.calls for step in whole),
            "cpu_seconds": used,
            "shed": shed(service),
            "load_before": load,
            "limit": max(rates),
        }


def table(found: dict[str, Any]) -> str:
    lines = [
        "| dialplan | calls/s asked | placed | calls | failed | reached nobody |",
        "|---|---|---|---|---|---|",
    ]
    for name in ("bare", "whole"):
        lines += [
            f"| {name} | {step['asked']:g} | {step['placed']:.1f} | {step['calls']} | {step['failed']} "
            f"| {step['unanswered']} |"
            for step in found[name]
        ]
    return "\n".join(lines)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument(
        "--seconds", type=float, default=STEP_S, help="how long calls are placed at each rate"
    )
    arguments.add_argument(
        "--rates", type=float, nargs="+", default=list(RATES), help="calls a second, rising"
    )
    chosen = arguments.parse_args()
    HOME.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-calls-", dir=HOME) as name:
        found = run(Path(name), seconds=chosen.seconds, rates=sorted(chosen.rates))
    found["machine"] = {"python": platform.python_version(), "cores": os.cpu_count()}
    chosen.out.write_text(json.dumps(found, indent=1))
    bare, whole = found["best"]["bare"], found["best"]["whole"]
    ratio = whole / bare if bare else 0.0
    print(f"\n{table(found)}\n")
    capped = " (the bench goes no higher)" if bare >= found["limit"] else ""
    print(
        f"highest rate without a failed call: bare {bare:g}/s{capped}, whole {whole:g}/s, ratio {ratio:.2f}"
    )
    for role, seconds in found["cpu_seconds"].items():
        print(f"CPU of {role}: {seconds / max(1, found['whole_calls']) * 1000:.0f} ms a call")
    print("shed: " + (", ".join(f"{what} {count:g}" for what, count in found["shed"].items()) or "nothing"))
    print(
        f"goal {GOAL:g} of the bare rate: {'reached' if ratio >= GOAL else 'MISSED'}; "
        f"load before {found['load_before']:.1f}"
    )
    return 0 if ratio >= GOAL else 1


if __name__ == "__main__":
    raise SystemExit(main())
