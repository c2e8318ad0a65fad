"""Runs programs for the set-up; a failure becomes one `Trouble` that names cause and remedy."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class Trouble(Exception):
    """The set-up cannot go on: `cause` in one sentence, `remedy` says what the person can do."""

    def __init__(self, cause: str, remedy: str, detail: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.remedy = remedy
        self.detail = detail


def run(
    argv: Sequence[str | os.PathLike[str]],
    *,
    remedy: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    log: Path | None = None,
) -> str:
    """Run to the end and return standard output; the last lines of both streams go into the `Trouble`."""
    words = [os.fspath(word) for word in argv]
    merged = {**os.environ, **(env or {})}
    merged.pop("PYTHONPATH", None)
    try:
        done = subprocess.run(
            words,
            cwd=cwd,
            env=merged,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise Trouble(f"{words[0]} does not start: {error.strerror}", remedy) from error
    if log is not None:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(done.stdout)
    if done.returncode != 0:
        tail = "\n".join(done.stdout.splitlines()[-15:])
        raise Trouble(f"{words[0]} ended with {done.returncode}: {' '.join(words)}", remedy, tail)
    return done.stdout


def as_root(argv: Sequence[str]) -> list[str]:
    """Prefix with sudo where we are not root; without sudo there is nothing that we can do."""
    if os.geteuid() == 0:
        return list(argv)
    if shutil.which("sudo"):
        return ["sudo", *argv]
    raise Trouble(
        f"'{' '.join(argv)}' needs root, and there is no sudo",
        "Run scripts/setup once as root, or install the packages that it names yourself.",
    )
