"""The bare engine: the same callers and phones on a switch that answers and rings, and does nothing more."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil

from gateway.asterisk.settings import QueueSettings
from tests.bench.hotline.sip import Callers, Phones
from tests.bench.hotline.stage import cpu_seconds, raise_limits
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.audio import to_ulaw
from tests.peers.checkout import CHECKOUT

CALLED = "777"
LEDGER_MODULES = ("cel_custom.so", "cel_manager.so")


def bare(folder: Path, *, calls: int, rate: float, seconds: float) -> dict[str, Any]:
    """`calls` at once, `rate` a second, for `seconds` after the ramp: no recording, ledger, tap or centre."""
    raise_limits()
    at_once, stay = int(calls * 1.15) + 10, calls / rate
    names = tuple(f"agent-{number}" for number in range(1, int(calls * 1.1) + 11))
    with ExitStack() as stack:
        queue = QueueSettings(name="hotline", ring_seconds=20, strategy="rrmemory", fallback_members=names)
        switch = AsteriskPeer(
            private_settings(
                folder / "asterisk", agents=tuple(agent(name) for name in names), queues=(queue,),
                prompts=short_prompts(folder / "prompts"), rtp_ports=4 * at_once + 200,
            )
        )  # fmt: skip
        stack.callback(switch.close)
        switch.start()
        phones = Phones(folder / "phones", switch, switch.settings.agents)
        stack.callback(phones.close)
        phones.start()
        for module in LEDGER_MODULES:
            switch.rx(f"module unload {module}")
        for step in ("1,Answer,", "2,Queue,hotline\\,c", "3,Hangup,"):
            switch.rx(f"dialplan add extension s,{step} into bare")
        switch.rx(f"dialplan add extension {CALLED},1,Goto,bare\\,s\\,1 into hotline")
        speech = to_ulaw(CHECKOUT / "tests/audio/caller_zh.wav", folder / "speech.alaw", law="a-law")
        callers = Callers(
            folder / "callers", switch, rate=rate, count=int(rate * (seconds + stay)), stay_s=stay,
            at_once=at_once, speech=speech, called=CALLED,
        )  # fmt: skip
        stack.callback(callers.close)
        process = psutil.Process(switch.program.pid)
        callers.start()
        time.sleep(stay)
        since, before = time.time(), cpu_seconds(process)
        time.sleep(seconds)
        cores = (cpu_seconds(process) - before) / (time.time() - since)
        most = callers.now
        callers.wait(stay + 120)
        return {
            "asked": {"calls": calls, "rate": rate, "seconds": seconds},
            "placed": callers.placed,
            "failed": callers.failed,
            "at_once": most,
            "switch_cores": round(cores, 3),
        }
