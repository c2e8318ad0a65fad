"""Checks that the roles running on this machine may open enough files and connections."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from core.listening.descriptors import LEAST
from core.translation import gettext_lazy as _
from gateway.asterisk.findings import DoctorFinding, warning

PROC = Path("/proc")
_LIMIT = "Max open files"


def check_descriptors(proc: Path = PROC) -> list[DoctorFinding]:
    """A role that does not run has no limit that could be read."""
    return [_few(role, most) for role, most in _limits(proc) if most < LEAST]


def _limits(proc: Path) -> Iterator[tuple[str, int]]:
    for folder in proc.glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            role = _role(words)
            limits = (folder / "limits").read_text(errors="replace") if role else ""
        except OSError:
            continue  # it has ended meanwhile
        for line in limits.splitlines():
            if line.startswith(_LIMIT):
                hard = line.removeprefix(_LIMIT).split()[1]
                if hard.isdecimal():
                    yield role, int(hard)


def _role(words: list[str]) -> str:
    """The role of a process `songhua serve --role ROLE`; empty for any other process."""
    ours = any(word == "gateway.cli" or Path(word).name == "songhua" for word in words)
    if not ours or "serve" not in words or "--role" not in words[:-1]:
        return ""
    return words[words.index("--role") + 1]


def _few(role: str, most: int) -> DoctorFinding:
    return warning(
        "descriptors",
        f"role {role}",
        _(
            "The role {role} may open {most} files and connections alone: many visitors would be refused.",
            role=role,
            most=most,
        ),
        _("Set LimitNOFILE=65536 (at least {least}) in its systemd unit, and restart it.", least=LEAST),
    )
