"""Settings of blocking addresses that guess telephones' SIP passwords."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from core.models import StrictSettings
from gateway.asterisk.safe_text import Folder, HostOrNet, Word

ACL: Final = "songhua-blocked"
"""The list of addresses in acl.conf, which PJSIP asks before anything else."""


class SipGuardSettings(StrictSettings):
    """An address with `failures` wrong passwords or unknown names within `within_s` is shut out for
    `block_s`, twice as long each time it comes back within a day, `block_most_s` at most.

    Never shut out: trunks, radio systems, this machine's own addresses, `never`; and where a telephone has
    signed in within the last `known_s`, unless a person says so. `most` are shut out at a time.

    `file`: where the gateway writes the list and Asterisk reads it; else in a folder of Asterisk's.
    `console_user`: the user that the gateway runs as, when it is not Asterisk's: the console then lets it
    have the list read again and nothing else; `console_group` is the group that both are in.
    """

    enabled: bool = True
    failures: Annotated[int, Field(ge=3, le=1000)] = 10
    within_s: Annotated[int, Field(ge=10, le=3600)] = 60
    block_s: Annotated[int, Field(ge=5, le=86_400)] = 600
    block_most_s: Annotated[int, Field(ge=60, le=30 * 86_400)] = 86_400
    known_s: Annotated[int, Field(ge=0, le=30 * 86_400)] = 86_400
    never: tuple[HostOrNet, ...] = ()
    most: Annotated[int, Field(ge=10, le=4_000)] = 2_000
    file: Folder | None = None
    console_user: Word | None = None
    console_group: Word = "asterisk"


def list_file(guard: SipGuardSettings, varlib: Path) -> Path:
    """The access list that Asterisk includes."""
    return guard.file or varlib / "songhua" / "blocked.conf"
