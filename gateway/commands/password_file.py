"""The file into which an import writes the passwords that it made: they are printed nowhere.

It is made before the first account is: a password that nobody can read helps nobody.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.common import MISUSED, fail, out

PasswordFileOption = Annotated[
    Path | None,
    typer.Option(
        "--password-out",
        help="New file for passwords that are made (0600); else one beside FILE. 密码写入此文件。",
        dir_okay=False,
    ),
]
_MOST_NAMES = 1_000


class PasswordFile:
    """An open file of mode 0600."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.written = 0
        self._stream = os.fdopen(descriptor, "w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._stream)

    def write(self, passwords: Mapping[str, str]) -> Path | None:
        """One line each, on the disk when this returns; None where there is none to write."""
        if not passwords:
            return None
        if not self.written:
            self._writer.writerow(["id", "password"])
        self._writer.writerows(passwords.items())
        self.written += len(passwords)
        self._stream.flush()
        os.fsync(self._stream.fileno())
        return self.path

    def close(self) -> None:
        self._stream.close()
        if not self.written:
            self.path.unlink(missing_ok=True)


@contextmanager
def password_file(given: Path | None, table: Path) -> Iterator[PasswordFile]:
    """A file that was not there; it goes again when nothing was written. Where it cannot be made the command
    ends.
    """
    names = [given] if given is not None else _names(table)
    opened = None
    for path in names:
        try:
            opened = PasswordFile(path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            continue
        except OSError as error:
            fail(f"{path}: {error.strerror}", "name a file of yours for the passwords: --password-out FILE")
        break
    if opened is None:
        fail(f"{names[0]} is there already", "name a file that is not there: --password-out FILE", MISUSED)
    try:
        yield opened
    finally:
        opened.close()


def tell_file(path: Path | None, count: int) -> None:
    """Where the passwords are, for a person."""
    if path is not None:
        out.print(f"{count} passwords are in {path} (0600)", markup=False, highlight=False, soft_wrap=True)


def _names(table: Path) -> list[Path]:
    numbers = ("", *(f"-{number}" for number in range(2, _MOST_NAMES)))
    return [table.with_name(f"{table.stem}.passwords{number}.csv") for number in numbers]
