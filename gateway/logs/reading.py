"""Reads the log: from files of JSON lines (`.gz` too), else from the journal of systemd."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from gateway.logs.line import LogLine, parse_line

UNITS: Final = ("songhua.service", "songhua@*.service")
LONGEST: Final = 256 * 1024
"""Characters of a line; a longer one is left out."""


@dataclass(slots=True)
class LogSource:
    """`files`, or the journal. `trouble` says what could not be read."""

    files: Sequence[Path] = ()
    trouble: list[str] = field(default_factory=list)

    def lines(self, since: datetime, until: datetime) -> Iterator[LogLine]:
        """Lines of ours of that time, in the order in which they were written."""
        texts = self._of_files() if self.files else self._of_journal(since, until)
        for text in texts:
            line = parse_line(text) if len(text) <= LONGEST else None
            if line is not None and since <= line.at <= until:
                yield line

    def _of_files(self) -> Iterator[str]:
        for file in self.files:
            try:
                with _opened(file) as lines:
                    yield from lines
            except (OSError, EOFError) as error:
                self.trouble.append(f"{file}: {getattr(error, 'strerror', None) or 'it is damaged'}")

    def _of_journal(self, since: datetime, until: datetime) -> Iterator[str]:
        program = shutil.which("journalctl")
        if program is None:
            self.trouble.append("the journal: there is no journalctl; name files of the log")
            return
        command = [
            program, "--no-pager", "--output=json", "--quiet", f"--since=@{since.timestamp():.0f}",
            f"--until=@{until.timestamp() + 1:.0f}", *(f"--unit={unit}" for unit in UNITS),
        ]  # fmt: skip
        with subprocess.Popen(  # noqa: S603  # fixed words and numbers
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
        ) as journal:
            assert journal.stdout is not None
            assert journal.stderr is not None
            for line in journal.stdout:
                try:
                    message = json.loads(line).get("MESSAGE")
                except (ValueError, AttributeError):
                    continue
                # The journal gives what is no UTF-8 as a list of bytes.
                if isinstance(message, str):
                    yield message
            said = journal.stderr.read(2_000).strip()
        if journal.returncode:
            self.trouble.append(f"the journal: {said.splitlines()[0] if said else 'journalctl failed'}")


def _opened(file: Path) -> IO[str]:
    if file.suffix == ".gz":
        return gzip.open(file, "rt", encoding="utf-8", errors="replace")
    return file.open(encoding="utf-8", errors="replace")
