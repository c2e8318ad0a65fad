"""What Asterisk's own lines say of the callers: who came, who was put through. Not the ledger."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Said:
    """`callers` and `reached` are Linkedids; `lines` are those of no tap; `ended` have LINKEDID_END."""

    lines: int = 0
    callers: set[str] = field(default_factory=set)
    reached: set[str] = field(default_factory=set)
    recorded: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)


class Cel:
    def __init__(self, file: Path) -> None:
        self._file = file

    def now(self) -> Said:
        said = Said()
        if not self._file.exists():
            return said
        with self._file.open(newline="", errors="replace") as lines:
            for row in csv.reader(lines):
                if len(row) > 10 and not row[6].startswith("AudioSocket/"):
                    _take(said, row)
        return said


def _take(said: Said, row: list[str]) -> None:
    kind, context, channel, linkedid = row[0], row[5], row[6], row[10]
    said.lines += 1
    if kind == "CHAN_START" and context == "hotline":
        said.callers.add(linkedid)
    elif kind == "BRIDGE_ENTER" and channel.startswith("PJSIP/agent-"):
        said.reached.add(linkedid)
    elif "RECORDING" in {kind, row[2]}:
        said.recorded.add(linkedid)
    elif kind == "LINKEDID_END":
        said.ended.add(linkedid)
