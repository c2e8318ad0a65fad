"""Compares Asterisk's version with the security advisories that matter to the hotline. Pure, but for reading
the table that ships with the program (`advisories.toml`, which says where it comes from and how new it is).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from core.translation import Bilingual
from core.translation import gettext_lazy as _
from gateway.asterisk.findings import DoctorFinding, warning

TABLE: Final = Path(__file__).with_name("advisories.toml")
_VERSION: Final = re.compile(r"Asterisk (certified[/-])?(\d{1,4}(?:\.\d{1,4}){1,3})")
Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Advisory:
    """`fixed` and `since` are releases by branch: the first with the remedy, and the first that needs it."""

    id: str
    of: str
    published: date
    why: Bilingual
    fixed: Mapping[int, Version]
    since: Mapping[int, Version] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Its page at GitHub."""
        return f"https://github.com/{self.of}/security/advisories/{self.id}"

    def concerns(self, version: Version) -> bool:
        branch = version[0]
        if self.since and branch not in self.since:
            return False
        if version < self.since.get(branch, ()):
            return False
        if branch in self.fixed:
            return version < self.fixed[branch]
        return branch < max(self.fixed)


@dataclass(frozen=True, slots=True)
class AdvisoryTable:
    """`elsewhere` says of each advisory that was left out what would have to be there for it to matter."""

    dated: date
    newest: tuple[Version, ...]
    advisories: tuple[Advisory, ...]
    elsewhere: Mapping[str, str]


@cache
def table() -> AdvisoryTable:
    """The table that this program brings."""
    read = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return AdvisoryTable(
        dated=read["dated"],
        newest=tuple(_numbers(one) for one in read["newest"]),
        advisories=tuple(
            Advisory(
                id=one["id"],
                of=one["of"],
                published=one["published"],
                why=Bilingual(one["zh"], one["en"]),
                fixed=_branches(one["fixed"]),
                since=_branches(one.get("since", {})),
            )
            for one in read["advisory"]
        ),
        elsewhere=read["elsewhere"],
    )


def check_advisories(shown: str, known: AdvisoryTable | None = None) -> list[DoctorFinding]:
    """`core show version`. Nothing is said of an Asterisk that does not answer: `check_version` does."""
    known = known or table()
    found = _VERSION.search(shown)
    if found is None:
        return []
    if found[1]:
        return [_certified(found[2], known.dated)]
    version = _numbers(found[2])
    return [_finding(one, found[2]) for one in known.advisories if one.concerns(version)]


def _finding(advisory: Advisory, version: str) -> DoctorFinding:
    branch = int(version.partition(".")[0])
    nearest = min(one for one in advisory.fixed if one >= branch)
    to = ".".join(str(part) for part in advisory.fixed[nearest])
    return warning(
        "advisory",
        f"Asterisk {version}, {advisory.url}",
        advisory.why,
        _(
            "Upgrade Asterisk to {to}, or see in your distribution's changelog that its package has the "
            "remedy.",
            to=to,
        ),
    )


def _certified(version: str, dated: date) -> DoctorFinding:
    return warning(
        "advisory",
        f"Asterisk certified-{version}",
        _("It is a certified release, and the table of advisories knows the standard ones alone."),
        _(
            "Compare it by hand with those since {dated}: "
            "https://github.com/asterisk/asterisk/security/advisories",
            dated=dated,
        ),
    )


def _branches(read: Mapping[str, str]) -> dict[int, Version]:
    return {int(branch): _numbers(release) for branch, release in read.items()}


def _numbers(release: str) -> Version:
    return tuple(int(part) for part in release.split("."))
