"""What SIPp wrote into its message log: every SIP message with its direction."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_HEAD = re.compile(r"^UDP message (sent|received) .*?:\n\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Message:
    """`first` is the request or status line, `text` the whole."""

    sent: bool
    text: str

    @property
    def first(self) -> str:
        return self.text.splitlines()[0] if self.text else ""

    def header(self, name: str) -> str:
        found = re.search(rf"^{re.escape(name)}:\s*(.*)$", self.text, re.MULTILINE | re.IGNORECASE)
        return found.group(1).strip() if found else ""


def messages(log: Path) -> list[Message]:
    """In their order; an empty list while there is no log."""
    text = log.read_text(errors="replace").replace("\r", "") if log.exists() else ""
    heads = list(_HEAD.finditer(text))
    ends = [*(head.start() for head in heads[1:]), len(text)][: len(heads)]
    return [
        Message(head.group(1) == "sent", text[head.end() : end].split("\n-----", 1)[0])
        for head, end in zip(heads, ends, strict=True)
    ]
