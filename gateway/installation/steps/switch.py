"""Asterisk's configuration, rendered beside and compared: only files that differ are written."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from core.private import write_private
from gateway.asterisk.render import prepare_directories, render
from gateway.asterisk.settings import AsteriskSettings
from gateway.installation.context import SWITCH, Installation
from gateway.installation.errors import InstallationStopped
from gateway.installation.plan import StepName

KEPT: Final = "before-songhua"
"""Ending of the copy of what was there before."""


class SwitchConfiguration:
    name = StepName.SWITCH

    def missing(self, to: Installation) -> Sequence[str]:
        with TemporaryDirectory() as trial:
            return [str(file) for _, file in _different(_asterisk(to), Path(trial))]

    def do(self, to: Installation) -> Sequence[str]:
        settings, done = _asterisk(to), []
        etc = settings.directories.etc
        kept = etc.with_name(f"{etc.name}.{KEPT}")
        if etc.is_dir() and not settings.directories.tones.exists() and not kept.exists():
            shutil.copytree(etc, kept, symlinks=True)
            kept.chmod(0o700)
            done.append(f"{etc} as it was: {kept}")
        to.wait_for_start(SWITCH)
        with TemporaryDirectory() as trial:
            for new, file in _different(settings, Path(trial)):
                _place(to, new.read_bytes(), file, etc)
                done.append(str(file))
        folders = settings.directories
        own = [folders.varlib / "keys", folders.varlib / "cache", folders.spool, folders.run]
        made = [one for one in own if not one.is_dir()]
        prepare_directories(settings)
        for folder in made:
            to.own(folder, SWITCH, SWITCH, 0o750)
        return done


def _place(to: Installation, content: bytes, file: Path, etc: Path) -> None:
    """In one move, and over a link instead of through it: where Asterisk owns the folder, its user could set
    one. What is moved is readable by root and the switch alone before it holds anything.
    """
    for folder in (file.parent, *file.parent.parents):
        if folder.is_relative_to(etc) and not folder.is_dir():
            folder.mkdir(parents=True)
            to.own(folder, "root", SWITCH, 0o750)
    partial = file.with_name(f"{file.name}.partial")
    partial.unlink(missing_ok=True)
    write_private(partial, content)
    to.own(partial, "root", SWITCH, 0o640)
    partial.replace(file)


def _asterisk(to: Installation) -> AsteriskSettings:
    if to.settings.asterisk is None:
        raise InstallationStopped("the section [asterisk] is missing", remedy="see songhua config example")
    return to.settings.asterisk


def _different(settings: AsteriskSettings, trial: Path) -> Iterator[tuple[Path, Path]]:
    """Each rendered file and its place, where they differ."""
    for new in render(settings, trial):
        file = settings.directories.etc / new.relative_to(trial)
        if file.is_symlink() or not file.is_file() or file.read_bytes() != new.read_bytes():
            yield new, file
