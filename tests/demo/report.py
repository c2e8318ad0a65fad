"""The steps as they happen: printed with who, what and how many ms, kept for `demo-report.json`."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from rich.console import Console

Language = Literal["zh", "en"]
State = Literal["ok", "failed", "not built", "not reached"]

MARK = {"ok": "[green]✓[/]", "failed": "[red]✗[/]", "not built": "[yellow]○[/]", "not reached": "[dim]·[/]"}


class NotBuilt(Exception):
    """The part that this step needs is absent."""


@dataclass(slots=True)
class Step:
    """`ms` is how long the step took; `facts` are what was seen."""

    key: str
    who: str
    what: str
    state: State
    ms: int
    facts: dict[str, Any] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A step's words in both languages."""

    key: str
    who_zh: str
    who_en: str
    zh: str
    en: str


class Report:
    """Runs steps in order. After a failed one the others are `not reached`, but are all listed."""

    def __init__(self, language: Language, console: Console) -> None:
        self._language = language
        self._console = console
        self._broken = False
        self.steps: list[Step] = []

    @property
    def broken(self) -> bool:
        """True once a step failed: what follows cannot be reached."""
        return self._broken

    @property
    def ok(self) -> bool:
        return all(step.state == "ok" for step in self.steps)

    @contextmanager
    def step(self, line: Line) -> Iterator[dict[str, Any]]:
        """Put what was seen into the yielded dict. Errors are kept, not raised: the story tells them."""
        began = time.monotonic()
        facts: dict[str, Any] = {}
        state: State = "ok"
        why = ""
        try:
            yield facts
        except NotBuilt as absent:
            state, why = "not built", str(absent)
        except Exception as error:  # noqa: BLE001  # whatever it was, it is told and fails the demo
            state, why = "failed", f"{type(error).__name__}: {error}"
        self._add(line, state, round((time.monotonic() - began) * 1000), facts, why)

    def skip(self, line: Line) -> None:
        self._add(line, "not reached", 0, {}, "")

    def say(self, text: str) -> None:
        self._console.print(text, highlight=False, markup=False)

    def write(self, file: Path, **more: Any) -> None:
        body = {"ok": self.ok, **more, "steps": [asdict(step) for step in self.steps]}
        file.write_text(json.dumps(body, ensure_ascii=False, indent=2, default=str) + "\n", encoding="utf-8")

    def _add(self, line: Line, state: State, ms: int, facts: dict[str, Any], why: str) -> None:
        who, what = (line.who_zh, line.zh) if self._language == "zh" else (line.who_en, line.en)
        self.steps.append(Step(line.key, who, what, state, ms, facts, why))
        seen = "  ".join(f"{key}={value}" for key, value in facts.items())
        timing = f"{ms:6d} ms" if state in {"ok", "failed"} else state.rjust(9)
        self._console.print(f"{MARK[state]} {timing}  [bold]{who}[/] {what}", highlight=False, soft_wrap=True)
        if seen:
            self._console.print(
                f"              {seen}", highlight=False, markup=False, style="dim", soft_wrap=True
            )
        if why:
            self._console.print(
                f"              {why}", highlight=False, markup=False, style="red", soft_wrap=True
            )
        if state in {"failed", "not built"}:
            self._broken = True
