"""What the commands of backups share: options, progress, and how an archive is described."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Self

import typer

from gateway.commands.common import err, out

KeyOption = Annotated[
    Path | None,
    typer.Option("--key-file", "-k", help="Key or passphrase; else [backup] key_file.", dir_okay=False),
]
_TELL_S: Final = 1.0


class Progress:
    """How much was read, once a second, where a person looks on."""

    def __init__(self, quiet: bool) -> None:
        self._shown = err.is_terminal and not quiet
        self._bytes = 0
        self._next = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown and self._bytes:
            err.print(" " * 40, end="\r")

    def __call__(self, more: int) -> None:
        self._bytes += more
        if self._shown and time.monotonic() > self._next:
            self._next = time.monotonic() + _TELL_S
            err.print(f"{self._bytes >> 20} MB …", end="\r", highlight=False)


def described(file: Path | str, manifest: Any) -> dict[str, Any]:
    """For programs."""
    return {
        "file": str(file), "kind": manifest.kind, "version": manifest.version,
        "schema": manifest.schema_revision, "database": manifest.database,
        "head": manifest.head.model_dump() if manifest.head else None,
        "begun": manifest.begun.isoformat(), "ended": manifest.ended.isoformat(),
        "files": len(manifest.members), "bytes": manifest.bytes, "notes": manifest.notes,
    }  # fmt: skip


def findings(lines: Sequence[str]) -> None:
    """Lines on stderr."""
    for line in lines:
        err.print(line, markup=False, highlight=False, soft_wrap=True)


def say(line: str) -> None:
    """A line, whatever signs it holds."""
    out.print(line, markup=False, highlight=False, soft_wrap=True)
