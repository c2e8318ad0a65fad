"""The figures of many real calls agree with a count of the CEL by a script that shares no code with us.

`SONGHUA_REPORT_CALLS` says how many calls: 100 in the suite, 1,000 where it counts (about three minutes).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.asterisk.settings import QueueSettings
from tests.bench.hotline.sip import Callers, Phones
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.program import PeerFailed
from tests.peers.songhua import Person, SonghuaPeer, Visitor

pytestmark = pytest.mark.real

CALLS = int(os.environ.get("SONGHUA_REPORT_CALLS", "100"))
RATE = 6.0 if CALLS >= 1000 else 3.0
PHONES = ((0.1, 14), (0.8, 10), (2.5, 6), (16.0, 3))
"""How long phones ring before they answer, and how many do so."""

COUNTER = Path(__file__).with_name("count_cel.py")
ZHAO = Person("zhao.lei", "赵磊", ("supervisor",))
SAME = (
    "offered", "queued", "answered", "abandoned_greeting", "abandoned_queue", "abandoned_short", "rings",
)  # fmt: skip


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def switch(stack: ExitStack, tmp_path: Path) -> AsteriskPeer:
    """Agents who are in the queue by its configuration, so that no wrap-up stands between two calls."""
    names = [f"agent-{number}" for number in range(sum(count for _, count in PHONES))]
    queue = QueueSettings(name="hotline", ring_seconds=20, strategy="random", fallback_members=tuple(names))
    peer = AsteriskPeer(
        private_settings(
            tmp_path / "asterisk",
            agents=tuple(agent(name) for name in names),
            queues=(queue,),
            prompts=short_prompts(tmp_path / "prompts"),
        )
    )
    stack.callback(peer.close)
    peer.start()
    rest = list(peer.settings.agents)
    for number, (ring_s, count) in enumerate(PHONES):
        own, rest = rest[:count], rest[count:]
        phones = Phones(tmp_path / f"phones-{number}", peer, own, ring_s=ring_s)
        stack.callback(phones.close)
        phones.start()
    return peer


@pytest.fixture
def service(stack: ExitStack, switch: AsteriskPeer, tmp_path: Path) -> SonghuaPeer:
    """The role that answers calls and keeps the ledger; no broker, no speech."""
    peer = SonghuaPeer(
        tmp_path / "service",
        asterisk=switch,
        broker=None,
        overrides={"ivr": {"prompts": str(switch.settings.directories.prompts)}},
    )
    stack.callback(peer.close)
    peer.prepare([ZHAO])
    peer.start(role="centre")
    peer.wait_healthy("asterisk", "cdr.import")
    return peer


def drive(stack: ExitStack, folder: Path, switch: AsteriskPeer) -> int:
    """Most are answered; some give up in the greeting, in the queue, while a phone rings. How many calls."""
    kinds = ((0.7, (1.5, 4.0)), (0.1, (0.05, 0.45)), (0.1, (5.5, 9.0)), (0.1, (18.0, 26.0)))
    running = []
    for number, (share, stay) in enumerate(kinds):
        count = max(1, round(CALLS * share))
        callers = Callers(
            folder / f"callers-{number}", switch, rate=RATE * share, count=count, stay_s=stay,
            prefix=f"13{number}",
        )  # fmt: skip
        stack.callback(callers.close)
        callers.start()
        running.append(callers)
    for callers in running:
        callers.wait(CALLS / RATE * 1.5 + 90)
        assert callers.failed == 0
    switch.wait_idle(40)
    return sum(callers.count for callers in running)


def report(visitor: Visitor, subject: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    since, until = now - timedelta(days=1), now + timedelta(days=1)
    asked = f"from={since:%Y-%m-%dT%H:%M}Z&to={until:%Y-%m-%dT%H:%M}Z&interval=whole"
    found: dict[str, Any] = visitor.get(f"/api/reports/{subject}?{asked}")
    return found


def counted(switch: AsteriskPeer) -> dict[str, int]:
    done = subprocess.run(
        [sys.executable, "-I", COUNTER, switch.cel], capture_output=True, text=True, timeout=120, check=True
    )
    found: dict[str, int] = json.loads(done.stdout)
    return found


@pytest.mark.timeout(max(240, int(CALLS / RATE * 2) + 240))
def test_reports_agree_with_an_independent_count_of_the_cel(
    stack: ExitStack, switch: AsteriskPeer, service: SonghuaPeer, tmp_path: Path
) -> None:
    calls = drive(stack, tmp_path, switch)
    visitor = service.sign_in(ZHAO)
    deadline = time.monotonic() + 60
    own = counted(switch)
    while (total := report(visitor, "queues")["total"])["offered"] < own["offered"]:
        if time.monotonic() > deadline:
            raise PeerFailed(f"{total['offered']} calls in the report, {own['offered']} in the CEL")
        time.sleep(0.5)
    assert own["offered"] == calls
    assert {name: total[name] for name in SAME} == {name: own[name] for name in SAME}
    assert total["answered_within_target"] == own["answered_within_15"]
    assert round(total["talk"] * 1000) == own["talk_ms"]
    assert round(total["longest_wait"] * 1000) == own["longest_wait_ms"]
    average = own["answer_wait_ms"] / own["answered"] / 1000
    assert total["average_speed_of_answer"] == round(average, 3)
    # The mixture was one: each kind has its calls, or agreement shows nothing.
    assert own["answered"] > calls / 3
    assert own["answered_within_15"], own
    assert own["abandoned_short"] + own["abandoned_queue"], own
    if CALLS >= 1000:
        # Of a hundred calls it may be that nobody meets a phone that rings long, by which to tell the two.
        assert own["abandoned_short"], own
        assert own["abandoned_queue"], own
        assert own["answered"] > own["answered_within_15"], "nobody waited for more than 15 s"
    assert own["other"] == 0
    agents = report(visitor, "agents")["rows"]
    assert sum(row["rings"] for row in agents) == own["rings"]
    assert json.loads(service.run("report", "check", "--json"))["differences"] == []
    print(f"\n{calls} calls, counted apart: {own}")
