"""The master keys of the recordings: a file of their own outside the database, the newest key last.

Each recording has a data key of its own; the master key only wraps it. After a rotation old keys stay in the
file for as long as a recording is wrapped with them.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cdr.errors import VaultTrouble
from core.private import write_private

_INIT = "run: songhua cdr init-key"
_LINE = re.compile(r"([0-9a-f]{8}) ([A-Za-z0-9+/]{43}=) (\S{1,40})")
_HEAD = (
    "# The keys of Songhua's recordings, newest last. Without this file no recording can be heard: copy it.\n"
)
KEY_BYTES = 32
MOST_KEYS = 1_000


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """`keys` by their ids; `newest` wraps what is encrypted from now on."""

    keys: Mapping[str, bytes]
    newest: str

    def of(self, key_id: str) -> bytes:
        """Raises `VaultTrouble` when the file lacks this key."""
        found = self.keys.get(key_id)
        if found is None:
            raise VaultTrouble(
                f"the recordings' key {key_id} is not in the key file",
                remedy="restore the key file from its copy: it holds the older keys too",
                key_id=key_id,
            )
        return found


def exists(path: Path) -> bool:
    """Whether the operator has made a key."""
    return path.is_file()


def load(path: Path) -> MasterKeys:
    """Raises `VaultTrouble` when the file is missing, damaged, or readable by others."""
    try:
        text = path.read_text("utf-8")
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise VaultTrouble(f"there is no key file {path}", remedy=f"restore it, or {_INIT}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise VaultTrouble(
            f"cannot read the recordings' key ({type(error).__name__})", remedy=f"check {path}"
        ) from error
    if mode & 0o077:
        raise VaultTrouble("other users may read the recordings' key", remedy=f"run: chmod 600 {path}")
    found: dict[str, bytes] = {}
    for number, line in enumerate(text.splitlines()[: MOST_KEYS + 1], 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = _LINE.fullmatch(line.strip())
        key = _decoded(parts[2]) if parts else None
        if parts is None or key is None:
            raise VaultTrouble(
                f"line {number} of the key file is damaged", remedy=f"restore {path} from its copy"
            )
        found[parts[1]] = key
    if not found:
        raise VaultTrouble("the key file holds no key", remedy=f"restore {path}, or remove it and {_INIT}")
    return MasterKeys(found, list(found)[-1])


def init(path: Path, now: datetime) -> str:
    """Make the key file (0600) with a first key; its id is returned. Raises `VaultTrouble` if it is there."""
    key_id, line = _new(now)
    try:
        write_private(path, (_HEAD + line).encode())
    except FileExistsError as error:
        raise VaultTrouble(
            "a key file is already there", remedy="to add a key: songhua cdr rotate-key"
        ) from error
    return key_id


def rotate(path: Path, now: datetime) -> str:
    """Add a new key, which wraps from now on; its id is returned. The file is replaced as a whole."""
    load(path)
    key_id, line = _new(now)
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    write_private(part, (path.read_text("utf-8").rstrip("\n") + "\n" + line).encode())
    part.replace(path)
    return key_id


def _new(now: datetime) -> tuple[str, str]:
    key_id, key = secrets.token_hex(4), secrets.token_bytes(KEY_BYTES)
    return key_id, f"{key_id} {base64.b64encode(key).decode()} {now.isoformat(timespec='seconds')}\n"


def _decoded(text: str) -> bytes | None:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == KEY_BYTES else None
