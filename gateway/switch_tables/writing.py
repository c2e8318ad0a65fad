"""Writes the settings' included files and their secrets: whole or not at all, readable by owner and group."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from gateway.first_settings import service_group

HEAD: Final = (
    "# Written by songhua {noun} import (docs/import.md). It may be edited, or removed as a whole.\n"
)
LOCK: Final = ".lock"
_PART: Final = ".part"


def text_of(noun: str, lists: Mapping[tuple[str, str], Sequence[Any]]) -> str:
    """The file's TOML: lists of words by section and key, and entries as tables."""
    parts = [HEAD.format(noun=noun)]
    for (section, key), entries in lists.items():
        if not all(isinstance(one, Mapping) for one in entries):
            parts.append(f"[{section}]\n{key} = {_word(entries)}\n")
    for (section, key), entries in lists.items():
        for one in entries:
            if isinstance(one, Mapping):
                rows = "".join(f"{name} = {_word(value)}\n" for name, value in one.items())
                parts.append(f"[[{section}.{key}]]\n{rows}")
    return "\n".join(parts)


def put(file: Path, text: str) -> None:
    """The file with this text, on the disk when this returns. Raises `OSError`."""
    group = service_group()
    _made(file.parent, group)
    part = file.with_name(file.name + _PART)
    with os.fdopen(
        os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as stream:
        stream.write(text)
        if group is not None:
            os.fchown(stream.fileno(), -1, group)
            os.fchmod(stream.fileno(), 0o640)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One import at a time. Raises `OSError`."""
    _made(folder, service_group())
    with (folder / LOCK).open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _made(folder: Path, group: int | None) -> None:
    if folder.is_dir():
        return
    folder.mkdir(mode=0o700)
    if group is not None:
        os.chown(folder, -1, group)
        folder.chmod(0o750)


def _word(value: Any) -> str:
    """JSON's words for texts, numbers, truth and lists of texts are TOML's too."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
