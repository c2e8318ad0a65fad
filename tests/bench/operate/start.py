"""A cold start: switch, broker and all roles are started in one moment, a citizen calls as soon as the
switch takes calls, and an agent signs in as soon as the web answers. How long until the two talk.

The files are in the cache of the machine, as after a restart of the service alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from tests.bench.parts import Found
from tests.bench.radio.figures import Goal
from tests.mqtt.broker import RenderedBroker
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.baresip import BaresipPhone
from tests.peers.program import PeerFailed
from tests.peers.sipp import SippCaller
from tests.peers.songhua import Broker, Person, SonghuaPeer, Visitor

GOAL_S = 15.0
LONGEST_S = 120.0
LOOK_S = 0.05
CHIEF = Person("li.jing", "李静", ("agent", "supervisor"), endpoint="agent-1")
MOMENTS = {
    "switch_s": "the switch takes calls (bare)",
    "web_s": "the web answers",
    "signed_in_s": "the agent is ready",
    "talking_s": "they talk",
}


def run(folder: Path, short: bool) -> Found:
    rounds = [_once(folder / f"round-{number}") for number in range(1 if short else 5)]
    return {"rounds": rounds, **{f"{one}_worst": max(row[one] for row in rounds) for one in MOMENTS}}


def _once(folder: Path) -> dict[str, float]:
    prompts = short_prompts(folder / "prompts")
    with ExitStack() as stack:
        switch = AsteriskPeer(
            private_settings(folder / "asterisk", agents=(agent("agent-1"),), prompts=prompts)
        )
        stack.callback(switch.close)
        broker = RenderedBroker(folder / "broker")
        stack.callback(broker.close)
        service = SonghuaPeer(
            folder / "service", asterisk=switch,
            broker=Broker(broker.port, broker.websocket_port, broker.rendered.passwords),
            overrides={"ivr": {"prompts": str(prompts)}},
        )  # fmt: skip
        stack.callback(service.close)
        service.prepare([CHIEF])
        phone = BaresipPhone(
            folder / "phone", name="agent-1", switch_port=switch.ports.sip,
            secret=switch.settings.agents[0].secret.get_secret_value(),
        )  # fmt: skip
        stack.callback(phone.close)
        caller = SippCaller(folder / "caller", switch_port=switch.ports.sip, seconds=LONGEST_S)
        stack.callback(caller.close)
        began = time.monotonic()

        def timed(work: Callable[[], None]) -> float:
            work()
            return round(time.monotonic() - began, 2)

        def people() -> None:
            switch.start()
            switch_up.append(time.monotonic() - began)
            caller.dial()
            phone.start()

        switch_up: list[float] = []
        with ThreadPoolExecutor(3) as pool:
            around = [pool.submit(people), pool.submit(broker.start)]
            web_s = pool.submit(timed, service.start).result()
            for one in around:
                one.result()
        agent_desk = service.sign_in(CHIEF)
        signed_in_s = timed(lambda: _until(lambda: _ready(agent_desk), "an agent who is ready"))
        talking_s = timed(lambda: _until(lambda: _talks(agent_desk), "a call that is answered"))
        caller.hang_up()
        return {
            "switch_s": round(switch_up[0], 2), "web_s": web_s, "signed_in_s": signed_in_s,
            "talking_s": talking_s,
        }  # fmt: skip


def _ready(desk: Visitor) -> bool:
    desk.post("/api/agents/me/sign-in", {})
    desk.post("/api/agents/me/state", {"state": "ready"})
    return True


def _talks(desk: Visitor) -> bool:
    return any(one["state"] == "talking" for one in desk.get("/api/calls")["calls"])


def _until(true: Callable[[], bool], what: str) -> None:
    """What the service refuses, because it has not found its switch yet, is asked again."""
    until, last = time.monotonic() + LONGEST_S, ""
    while time.monotonic() < until:
        try:
            if true():
                return
        except PeerFailed as error:
            last = str(error)
        time.sleep(LOOK_S)
    raise PeerFailed(f"no {what}: {last}")


def tell(found: Found) -> list[str]:
    return [
        "| seconds after the start until | median | worst |",
        "|---|---|---|",
        *(
            f"| {said} | {median(row[one] for row in found['rounds']):.2f} | {found[f'{one}_worst']:.2f} |"
            for one, said in MOMENTS.items()
        ),
    ]


def goals(found: Found) -> list[Goal]:
    worst = found["talking_s_worst"]
    return [(worst < GOAL_S, f"from nothing to the first answered call < {GOAL_S:g} s: {worst:.2f} s")]
