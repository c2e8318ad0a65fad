"""`scripts/demo --hours [N]`: a simulated busy hour on real parts, to be watched on the board.

Callers by SIPp at the curve of a morning, agents who talk, wrap up and call back, some callers who give up.
With `--minutes` the hours are compressed. Ends with the report of what happened, from the ledger.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.live import Live
from rich.table import Table

from tests.bench.hotline.sip import Callers
from tests.bench.hotline.stage import ZHAO, Plan, Stage
from tests.peers.checkout import HOME

AGENTS: Final = 8
CURVE: Final = (0.5, 0.7, 0.9, 1.1, 1.3, 1.4, 1.4, 1.2, 1.1, 1.0, 0.8, 0.6)
"""Calls in each twelfth of the time, beside the average of one."""

TALK_S: Final = (30.0, 110.0)
WRAP_UP_S: Final = (5.0, 25.0)
HASTY: Final = 0.15
"""The share of callers who wait for half a minute at most."""

LOAD: Final = 1.05
"""Work that comes, beside what the agents can do: at the peak callers wait, and some give up."""

LOOK_S: Final = 2.0
WIDE: Final = 160
"""Where nobody looks at it, no line is broken."""

SHORTEST_S: Final = 8.0
Words = dict[str, str]
SAID: Final[dict[str, Words]] = {
    "en": {
        "board": "The hotline now", "waiting": "waiting", "longest": "longest wait, s",
        "answered": "answered", "abandoned": "abandoned", "connect": "connect rate",
        "within": "within 15 s", "agents": "agents",
        "callbacks": "callbacks due, open, live", "web": "Calls, agents and queues in the web",
        "clock": "simulated",
        "authority": "Let the browser trust (import as an authority)",
        "over": "What the ledger says of it", "stay": "Ctrl-C ends it.",
    },
    "zh": {
        "board": "热线现状", "waiting": "排队", "longest": "最长等待（秒）", "answered": "已接",
        "abandoned": "放弃", "connect": "接通率", "within": "15 秒内应答", "agents": "坐席",
        "callbacks": "回拨：到期、未完、进行中",
        "web": "网页（通话、坐席、队列）", "clock": "模拟时间",
        "authority": "请让浏览器信任（作为颁发机构导入）", "over": "台账记录的结果",
        "stay": "按 Ctrl-C 结束。",
    },
}  # fmt: skip


def run(hours: float, minutes: float | None, language: str, console: Console, *, once: bool) -> int:
    """`minutes` of real time for `hours`; 0 when it ran to its end."""
    HOME.mkdir(exist_ok=True)
    if not console.is_terminal:
        console = Console(width=WIDE, highlight=False)
    seconds = (minutes if minutes is not None else hours * 60) * 60
    speed = hours * 3600 / seconds
    plan = Plan(
        calls=40, agents=AGENTS, desks=AGENTS, taps=0, signed_in=True, ring_s=2.0, callbacks=True,
        encrypted=True, wrap_up_s=(WRAP_UP_S[0] / speed, WRAP_UP_S[1] / speed),
    )  # fmt: skip
    began = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="demo-hours-", dir=HOME) as name, ExitStack() as stack:
        stage = Stage(Path(name), plan, stack)
        words = SAID[language]
        console.print(
            f"{words['web']}: {stage.service.address}/desk/  {ZHAO.id} / {ZHAO.password}", soft_wrap=True
        )
        console.print(f"{words['authority']}: {stage.authority}", soft_wrap=True)
        with contextlib.suppress(KeyboardInterrupt):
            _hour(stage, seconds, speed, words, console, stack)
            stage.switch.wait_idle(180)
            time.sleep(2)
        _report(stage, began, words, console)
        if not once:
            console.print(words["stay"])
            with contextlib.suppress(KeyboardInterrupt):
                time.sleep(86_400)
    return 0


def _hour(
    stage: Stage, seconds: float, speed: float, words: Words, console: Console, stack: ExitStack
) -> None:
    talk = tuple(max(SHORTEST_S * (1 + at), one / speed) for at, one in enumerate(TALK_S))
    busy = sum(talk) / 2 + sum(stage.plan.wrap_up_s) / 2 + 3
    rate = AGENTS / busy * LOAD
    began = time.monotonic()
    with Live(console=console, auto_refresh=False, vertical_overflow="visible") as live:
        for at, share in enumerate(CURVE):
            length = seconds / len(CURVE)
            hasty = max(SHORTEST_S, 30 / speed)
            _dial(stage, at, "patient", rate * share * (1 - HASTY), length, talk, stack)
            _dial(stage, at, "hasty", rate * share * HASTY, length, (hasty / 3, hasty), stack)
            while time.monotonic() - began < length * (at + 1):
                elapsed = timedelta(seconds=int((time.monotonic() - began) * speed))
                live.update(_board(stage.supervisor.get("/api/board"), elapsed, words), refresh=True)
                time.sleep(LOOK_S)


def _dial(
    stage: Stage, at: int, kind: str, rate: float, length: float, stay: tuple[float, ...], stack: ExitStack
) -> None:
    callers = Callers(
        stage.folder / f"{kind}-{at}", stage.switch, rate=rate, count=max(1, round(rate * length)),
        stay_s=(stay[0], stay[1]), at_once=30, prefix="139" if kind == "patient" else "138",
    )  # fmt: skip
    stack.callback(callers.close)
    callers.start()


def _board(board: dict[str, Any], elapsed: timedelta, words: Words) -> Table:
    total = board["total"]
    table = Table(title=f"{words['board']} · {words['clock']} {elapsed}")
    states = ", ".join(f"{state} {count}" for state, count in sorted(board["agents"].items()) if count)
    due = ", ".join(str(board[f"callbacks_{name}"]) for name in ("due", "open", "live"))
    cells = {
        "waiting": total["waiting"],
        "longest": f"{total['longest_wait_s']:.0f}",
        "answered": total["answered_24h"],
        "abandoned": total["abandoned_24h"],
        "connect": _share(total["connect_rate_24h"]),
        "within": _share(total["within_15s_24h"]),
        "agents": states,
        "callbacks": due,
    }
    for name in cells:
        table.add_column(words[name])
    table.add_row(*(str(value) for value in cells.values()))
    return table


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _report(stage: Stage, began: datetime, words: Words, console: Console) -> None:
    since, until = began - timedelta(minutes=1), datetime.now(UTC) + timedelta(minutes=15)
    asked = ("--from", since.isoformat(), "--to", until.isoformat(), "--interval", "whole")
    console.print(f"\n{words['over']}:")
    for subject in ("queues", "agents"):
        console.out(stage.service.run("report", subject, *asked), highlight=False)
    differing = json.loads(stage.service.run("report", "check", "--json"))["differences"]
    if differing:
        console.print(f"sums differ from calls: {differing[:5]}")
