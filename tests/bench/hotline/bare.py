"""The bare engine: the same callers and phones on a switch that answers and rings, and does nothing more; or
that records as well, with the application and the form that the hotline's dialplan uses.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil

from gateway.asterisk.settings import QueueSettings
from tests.bench.hotline.sip import Callers, Phones
from tests.bench.hotline.stage import cpu_seconds, raise_limits
from tests.bench.hotline.units import Units
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.audio import to_ulaw
from tests.peers.checkout import CHECKOUT
from tests.peers.program import PeerFailed

CALLED = "777"
LEDGER_MODULES = ("cel_custom.so", "cel_manager.so")


def bare(
    folder: Path, *, calls: int, rate: float, seconds: float, recorded: bool, as_units: bool
) -> dict[str, Any]:
    """`calls` at once, `rate` a second, for `seconds` after the ramp: no ledger, tap or centre, and a
    recording only if `recorded`.
    """
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
        steps = ["Answer,", "Queue,hotline\\,c", "Hangup,"]
        if recorded:
            sounds = folder / "sounds"
            sounds.mkdir()
            # With the application's brackets: its data has some, and the console would split at those.
            files = f"r({sounds}/${{UNIQUEID}}-in.alaw)t({sounds}/${{UNIQUEID}}-out.alaw)"
            steps.insert(1, f"MixMonitor(\\,{files})")
        for at, step in enumerate(steps, 1):
            switch.rx(f"dialplan add extension s,{at},{step} into bare")
        switch.rx(f"dialplan add extension {CALLED},1,Goto,bare\\,s\\,1 into hotline")
        speech = to_ulaw(CHECKOUT / "tests/audio/caller_zh.wav", folder / "speech.alaw", law="a-law")
        callers = Callers(
            folder / "callers", switch, rate=rate, count=int(rate * (seconds + stay)), stay_s=stay,
            at_once=at_once, speech=speech, called=CALLED,
        )  # fmt: skip
        stack.callback(callers.close)
        process = psutil.Process(switch.program.pid)
        callers.start()
        if as_units:
            units = stack.enter_context(Units())
            for name, pid in (
                ("switch", switch.program.pid), ("phones", phones.pid), ("callers", callers.program.pid),
            ):  # fmt: skip
                units.add(name, pid)
        time.sleep(stay)
        since, before = time.time(), cpu_seconds(process)
        time.sleep(seconds)
        cores = (cpu_seconds(process) - before) / (time.time() - since)
        most = callers.now
        callers.wait(stay + 120)
        if recorded and not any(sound.stat().st_size for sound in sounds.iterdir()):
            raise PeerFailed("the bare switch recorded nothing")
        return {
            "asked": {"calls": calls, "rate": rate, "seconds": seconds, "recorded": recorded},
            "placed": callers.placed,
            "failed": callers.failed,
            "at_once": most,
            "switch_cores": round(cores, 3),
        }
