"""What restic complains of, as cause and remedy. Pure."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from gateway.backup.errors import ResticFailed

NO_REPOSITORY: Final = 10
LOCKED: Final = 11
WRONG_PASSWORD: Final = 12
"""Exit codes of restic 0.17.1 and later."""
_BY_CODE: Final = {
    NO_REPOSITORY: (
        "there is no repository at {repository}",
        "is it mounted, and is its name right? A new one: songhua backup init-restic",
    ),
    LOCKED: (
        "{repository} is locked by another restic",
        "wait for it, and run songhua backup send; a lock that nobody holds goes by itself",
    ),
    WRONG_PASSWORD: ("the password does not open {repository}", "see [backup.restic] password_file"),
}
_BY_WORDS: Final = (
    (r"no space left|quota|disk full", "make room there, or keep fewer: [backup.restic] keep"),
    (
        r"access ?denied|accessdenied|invalidaccesskeyid|signaturedoesnotmatch|forbidden|\b403\b",
        "see [backup.restic] s3_key_id_file and s3_key_file, and what this account may do in the bucket",
    ),
    (r"permission denied", "see who may write there; over sftp, the key of this user's ssh"),
    (r"x509|certificate", "name its authority: [backup.restic] ca_file"),
    (
        r"connection refused|no such host|timeout|timed out|unreachable|connection reset|exit status 255",
        "see the network, the address and whether that machine runs",
    ),
    (r"unknown (shorthand )?flag|unknown command", "install restic 0.17.1 or later"),
)
_OTHERWISE: Final = "ask restic itself: restic -r REPOSITORY check"
_LONGEST: Final = 300


def fault(code: int, said: bytes, repository: str) -> ResticFailed:
    """Why restic ended with this code; negative: by a signal."""
    if code in _BY_CODE:
        cause, remedy = _BY_CODE[code]
        return ResticFailed(cause.format(repository=repository), remedy=remedy)
    if code < 0:
        return ResticFailed(f"restic was ended by signal {-code}", remedy="run songhua backup send")
    words = last_words(said)
    remedy = next((one for pattern, one in _BY_WORDS if re.search(pattern, words, re.IGNORECASE)), _OTHERWISE)
    return ResticFailed(f"{repository}: {words}", remedy=remedy)


def last_words(said: bytes) -> str:
    """The last that restic wrote to its error output, in one line."""
    lines = [line for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    found = next((text for line in reversed(lines) if (text := _text(line))), "restic said nothing")
    return " ".join(found.removeprefix("Fatal: ").split())[:_LONGEST]


def _text(line: str) -> str:
    """A line of JSON has its text inside; of an error, it is an object of its own."""
    try:
        seen: Any = json.loads(line)
    except (ValueError, RecursionError):
        return line
    if not isinstance(seen, dict):
        return line
    found = seen.get("message") or seen.get("error")
    if isinstance(found, dict):
        found = found.get("message")
    return found if isinstance(found, str) else ""
