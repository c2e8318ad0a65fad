"""Pops while the ledger is kept: during a month's retention run over a ledger of a million calls, and during
a backup of it, beside pops without either in the same run.

The role `centre` is the real one with its database, the switch is simulated (recorded calls, ten a second),
fifty desks are WebSocket clients. The retention is the service's own daily run.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.operate.commands import TimedCommand
from tests.bench.operate.past import PastCalls, fill
from tests.bench.operate.restore import ledger_keys
from tests.bench.parts import Found, headed, row
from tests.bench.people import person, seat
from tests.bench.pop.__main__ import DESKS, GOAL_MS, child, heard
from tests.bench.pop.__main__ import tell as order
from tests.bench.radio.figures import Goal, quantile
from tests.mqtt.broker import RenderedBroker
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.songhua import Broker, SonghuaPeer
from tests.waiting import wait_for

RATE = 10.0
DAYS = 335
"""What is older is erased: a month of the year."""
ERASED = re.compile(r"^songhua_cdr_retention_erased_total\{[^}]*\} (\S+)$", re.MULTILINE)
PHASES = ("without", "backup", "retention")
BACKUP_S = 1_800.0


@dataclass(frozen=True, slots=True)
class UpkeepSize:
    """`due` of the `calls` are erased. The first run begins `first_s` after the start."""

    calls: int
    due: int
    seconds: float
    first_s: float


FULL = UpkeepSize(calls=1_000_000, due=83_000, seconds=90.0, first_s=540.0)
SHORT = UpkeepSize(calls=6_000, due=3_000, seconds=10.0, first_s=60.0)


@dataclass(slots=True)
class UpkeepPops:
    """When each number rang in a phase, between two moments."""

    rung: dict[str, float] = field(default_factory=dict)
    since: float = 0.0
    until: float = 0.0


def run(folder: Path, short: bool) -> Found:
    size = SHORT if short else FULL
    with ExitStack() as stack:
        service, switch, desks = _stage(folder, size, stack)
        started = time.monotonic()
        phases = {"without": _played(switch)}
        backup = TimedCommand(
            folder / "backup.log", "backup", folder / "backups", "--key-file", folder / "backup.key",
            "--config", service.config,
        )  # fmt: skip
        phases["backup"] = _played(switch)
        backup_s = backup.wait(BACKUP_S)
        phases["backup"].until = min(phases["backup"].until, backup.ended)
        began_alone = _erased(service) == 0
        wait_for(lambda: _erased(service) > 0, "a retention run", size.first_s + 120)
        waited = time.monotonic() - started
        before = _erased(service)
        phases["retention"] = _played(switch)
        done = _erased(service) - before
        order(desks)
        seen = json.loads(heard(desks))["pops"]
    told = {name: _summed(phases[name], seen) for name in PHASES}
    return {
        "calls": size.calls, "due": size.due, "desks": DESKS, "rate": RATE,
        "database_mb": (folder / "service" / "songhua.db").stat().st_size >> 20,
        "backup_s": backup_s, "retention_began_s": round(waited, 1), "apart": began_alone,
        "erased_per_s": round(done / max(0.1, phases["retention"].until - phases["retention"].since), 1),
        "retention_lasted": before + done < 2 * size.due, "phases": told,
    }  # fmt: skip


def _stage(
    folder: Path, size: UpkeepSize, stack: ExitStack
) -> tuple[SonghuaPeer, subprocess.Popen[str], subprocess.Popen[str]]:
    """The service on its ledger, the simulated switch, and the desks."""
    settings = private_settings(
        folder / "asterisk", prompts=short_prompts(folder / "prompts"),
        agents=tuple(agent(f"agent-{number}") for number in range(1, DESKS + 1)),
    )  # fmt: skip
    unborn = AsteriskPeer(settings)  # only its settings: the switch is simulated
    stack.callback(unborn.close)
    broker = RenderedBroker(folder / "broker")
    stack.callback(broker.close)
    broker.start()
    rules = [{"kind": kind, "days": DAYS} for kind in ("transcripts", "personal")]
    service = SonghuaPeer(
        folder / "service",
        asterisk=unborn,
        broker=Broker(broker.port, broker.websocket_port, broker.rendered.passwords),
        overrides={"cdr": {"retention": rules, "retention_every_s": size.first_s}},
    )
    stack.callback(service.close)
    service.prepare(())
    now, newest = datetime.now(UTC), ledger_keys(service).newest
    assert newest is not None
    month = PastCalls(size.due, now - timedelta(days=366), now - timedelta(days=DAYS + 1), whole=True)
    year = PastCalls(
        size.calls - size.due, now - timedelta(days=DAYS - 1), now - timedelta(days=1), whole=False
    )
    fill(service.folder / "songhua.db", newest, [month, year], now=now)
    seat(service, DESKS)
    TimedCommand(
        folder / "key.log", "backup", "init-key", folder / "backup.key", "--config", service.config
    ).wait(60)
    words = [str(settings.ports.ami), str(RATE), str(size.seconds), str(DESKS), settings.sealed_name]
    switch = stack.enter_context(child("tests.bench.pop.switch", *words, log=folder / "switch.log"))
    assert heard(switch) == "listening"
    service.start(role="centre")
    service.wait_healthy("asterisk", "hotline", timeout=60)
    visitors = [service.sign_in(person(number)) for number in range(1, DESKS + 1)]
    for visitor in visitors:
        visitor.post("/api/agents/me/sign-in", {})
    desks = stack.enter_context(child("tests.bench.pop.desks", service.address, log=folder / "desks.log"))
    order(desks, json.dumps([visitor.cookie for visitor in visitors]))
    assert heard(desks) == "open"
    return service, switch, desks


def _played(switch: subprocess.Popen[str]) -> UpkeepPops:
    """A spell of calls."""
    since = time.time()
    order(switch)
    rung: dict[str, float] = json.loads(heard(switch))
    return UpkeepPops(rung, since, time.time())


def _erased(service: SonghuaPeer) -> float:
    """Calls by each kind that rules have erased since the start."""
    with urllib.request.urlopen(f"{service.address}/metrics", timeout=20) as answer:
        return sum(float(one) for one in ERASED.findall(answer.read().decode()))


def _summed(phase: UpkeepPops, seen: dict[str, list[float]]) -> dict[str, Any]:
    """Of the rings between its moments; milliseconds from the ring to the desk."""
    rung = {number: at for number, at in phase.rung.items() if phase.since <= at < phase.until}
    took = sorted((seen[number][0] - at) * 1000 for number, at in rung.items() if seen.get(number))
    return {
        "rings": len(rung), "lost": len(rung) - len(took),
        "doubled": sum(len(seen.get(number, ())) > 1 for number in rung),
        "p50_ms": round(median(took), 1) if took else None,
        "p99_ms": round(quantile(took, 0.99), 1) if took else None,
        "max_ms": round(max(took), 1) if took else None,
        "took_ms": [round(one, 2) for one in took],
    }  # fmt: skip


def tell(found: Found) -> list[str]:
    names = ("rings", "lost", "doubled", "p50_ms", "p99_ms", "max_ms")
    without = found["phases"]["without"]["p99_ms"]
    lines = [
        "| pops | rings | lost | doubled | p50 ms | p99 ms | max ms | p99 to that without |",
        "|" + "---|" * (len(names) + 2),
    ]
    for phase in PHASES:
        told = found["phases"][phase]
        ratio = f"{told['p99_ms'] / without:.2f}" if without and told["p99_ms"] is not None else "–"
        lines.append(f"| {phase} | " + " | ".join(str(told[one]) for one in names) + f" | {ratio} |")
    return [
        *lines,
        "",
        *headed(
            "upkeep",
            row("calls, due; MB of the database", found["calls"], found["due"], found["database_mb"]),
            row("backup, s", found["backup_s"]),
            row("kinds of calls erased in a second", found["erased_per_s"]),
            row("the run went on for the whole phase", found["retention_lasted"]),
            row("backup and run were apart", found["apart"]),
        ),
    ]


def goals(found: Found) -> list[Goal]:
    return [
        _goal(found["phases"][phase], said)
        for phase, said in (("retention", "during a retention run"), ("backup", "during a backup"))
    ]


def _goal(told: dict[str, Any], said: str) -> Goal:
    p99, lost, doubled = (told[one] for one in ("p99_ms", "lost", "doubled"))
    good = p99 is not None and p99 < GOAL_MS and not lost and not doubled
    return good, f"pop p99 {said} < {GOAL_MS:g} ms: {p99} ms, {lost} lost, {doubled} doubled"
