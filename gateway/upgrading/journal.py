"""The journal of upgrades: a file of its own for each, to which lines are added. A line is on the disk before
what it announces begins; one that broke off at the end counts as not written.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from core.errors import Conflict, Invalid
from gateway.upgrading.model import FORMAT, JournalLine, LineState, Step, UpgradePlan, UpgradeState

SUFFIX: Final = ".upgrade.jsonl"
LOCK: Final = ".lock"


class Journal:
    """One upgrade's file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def state(self) -> UpgradeState:
        """Raises `Invalid` for a file that another version wrote or that is damaged in its midst."""
        lines = self.file.read_bytes().split(b"\n")
        try:
            told = [json.loads(line) for line in lines[:-1]]
            if told and told[0].get("format") != FORMAT:
                raise Invalid(
                    f"{self.file} was written by another version", remedy="go on with that version's program"
                )
            return UpgradeState(
                UpgradePlan.model_validate(told[0]), [JournalLine.model_validate(one) for one in told[1:]]
            )
        except (ValueError, ValidationError, IndexError, AttributeError) as error:
            raise Invalid(f"{self.file} is damaged", remedy="see docs/upgrade.md") from error

    def add(self, step: Step, state: LineState, facts: Mapping[str, Any] | None = None) -> None:
        """On the disk when this returns."""
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        line = JournalLine(at=now, step=step, state=state, facts=facts or {})
        self._append(line.model_dump_json())

    def _append(self, line: str) -> None:
        with self.file.open("r+b") as stream:
            whole = stream.read()
            # A line that broke off is cut: the next one would be read together with it.
            stream.seek(whole.rfind(b"\n") + 1)
            stream.truncate()
            stream.write(line.encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())


def begin(folder: Path, plan: UpgradePlan) -> Journal:
    """A new upgrade's journal."""
    file = folder / f"{plan.upgrade_id}{SUFFIX}"
    part = file.with_suffix(".part")
    with part.open("w", encoding="utf-8") as stream:
        stream.write(plan.model_dump_json() + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return Journal(file)


def journals(folder: Path) -> list[Journal]:
    """All upgrades, the newest first."""
    return [Journal(file) for file in sorted(folder.glob(f"*{SUFFIX}"), reverse=True)]


def unfinished(folder: Path) -> Journal | None:
    """The upgrade that is under way, if there is one: the newest alone can be."""
    newest = next(iter(journals(folder)), None)
    return newest if newest is not None and newest.state().next is not None else None


@contextmanager
def alone(folder: Path) -> Iterator[int]:
    """One upgrade at a time. The descriptor is given to steps: what outlives us still holds it.

    Raises `Conflict` while another runs.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / LOCK).open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                "another upgrade, or a step of one that was interrupted, is still running",
                remedy="wait until it has ended, then run songhua upgrade --go-on",
            ) from None
        yield lock.fileno()
