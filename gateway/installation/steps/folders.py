"""The folders of service, broker and switch, each with its owner and mode, as `deploy/tmpfiles.d` has them.

They are made here, too: systemd-tmpfiles refuses a folder of one user below another one's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.installation.context import BROKER, SWITCH, USER, Installation
from gateway.installation.plan import StepName


@dataclass(frozen=True, slots=True)
class OwnedFolder:
    """`path` is below the root."""

    path: str
    user: str
    group: str
    mode: int


FOLDERS: Final = (
    OwnedFolder("etc/songhua", "root", USER, 0o751),
    OwnedFolder("var/lib/songhua", USER, USER, 0o750),
    OwnedFolder("var/lib/songhua-broker", BROKER, BROKER, 0o700),
    OwnedFolder("var/spool/songhua", "root", "root", 0o755),
    OwnedFolder("var/spool/songhua/recordings", USER, SWITCH, 0o2770),
    OwnedFolder("var/spool/songhua/ivr", USER, SWITCH, 0o2750),
    OwnedFolder("var/log/asterisk/cel-custom", SWITCH, SWITCH, 0o2770),
    OwnedFolder("var/lib/asterisk/songhua", USER, SWITCH, 0o2750),
)


class SharedFolders:
    name = StepName.FOLDERS

    def missing(self, to: Installation) -> Sequence[str]:
        return [str(path) for path, _ in self._lacking(to)]

    def do(self, to: Installation) -> Sequence[str]:
        done = []
        for path, folder in self._lacking(to):
            path.mkdir(parents=True, exist_ok=True)
            to.own(path, folder.user, folder.group, folder.mode)
            done.append(f"{path} ({folder.user}:{folder.group} {folder.mode:o})")
        return done

    def _lacking(self, to: Installation) -> Iterator[tuple[Path, OwnedFolder]]:
        for folder in FOLDERS:
            path = to.places.root / folder.path
            known = to.machine.user(folder.user) and to.machine.group(folder.group)
            as_wanted = (
                to.machine.owned(path, folder.user, folder.group, folder.mode) if known else path.is_dir()
            )
            if not as_wanted:
                yield path, folder
