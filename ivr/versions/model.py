"""Versions of flows and prompts, and the rules for their names. Pure."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from core.errors import Invalid

Kind = Literal["flow", "prompt"]

BUILT_IN: Final = 0
"""The version that came with the program or with the operator's own files."""
MOST_COMMENT: Final = 500

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_LANGUAGE: Final = re.compile(r"[a-z]{2}")


class BadName(Invalid):
    kind = "ivr-bad-name"
    title = "This name is not valid for a flow or prompt"


@dataclass(frozen=True, slots=True)
class Subject:
    """What has versions. A prompt's name holds its language: `zh/greeting`."""

    kind: Kind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"

    @property
    def language(self) -> str:
        """The folder of a prompt's name, `zh` or `en`; empty for a flow."""
        return self.name.partition("/")[0] if self.kind == "prompt" else ""

    @property
    def plain(self) -> str:
        """The name without its language."""
        return self.name.rpartition("/")[2]


def flow(name: str) -> Subject:
    """Raises `BadName`."""
    if not _NAME.fullmatch(name):
        raise BadName("a flow's name", remedy="use a-z, 0-9 and -, at most 40 characters")
    return Subject("flow", name)


def prompt(language: str, name: str) -> Subject:
    """Raises `BadName`."""
    if not _NAME.fullmatch(name):
        raise BadName("a prompt's name", remedy="use a-z, 0-9 and -, at most 40 characters")
    if not _LANGUAGE.fullmatch(language):
        raise BadName("a language", remedy="use its two letters, zh or en")
    return Subject("prompt", f"{language}/{name}")


def digest(content: bytes) -> str:
    """The SHA-256 of the content in hex."""
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """`number` counts from 1 for each subject. `facts`: for a prompt its seconds and loudness."""

    subject: Subject
    number: int
    op_id: UUID
    sha256: str
    by: str
    at: datetime
    comment: str = ""
    facts: dict[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Activation:
    """Version `number` is active from `at` on; `revision` counts the changes of this subject."""

    subject: Subject
    revision: int
    number: int
    previous: int
    op_id: UUID
    by: str
    at: datetime
    comment: str = ""
