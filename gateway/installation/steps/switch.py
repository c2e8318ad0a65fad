"""Asterisk's configuration, rendered beside and compared: only files that differ are written."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

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
                for folder in (file.parent, *file.parent.parents):
                    if folder.is_relative_to(etc) and not folder.is_dir():
                        folder.mkdir(parents=True)
                        to.own(folder, "root", SWITCH, 0o750)
                shutil.copyfile(new, file)
                to.own(file, "root", SWITCH, 0o640)
                done.append(str(file))
        prepare_directories(settings)
        for folder in (settings.directories.varlib / "keys", settings.directories.varlib / "cache"):
            to.own(folder, SWITCH, SWITCH, 0o750)
        return done


def _asterisk(to: Installation) -> AsteriskSettings:
    if to.settings.asterisk is None:
        raise InstallationStopped("the section [asterisk] is missing", remedy="see songhua config example")
    return to.settings.asterisk


def _different(settings: AsteriskSettings, trial: Path) -> Iterator[tuple[Path, Path]]:
    """Each rendered file and its place, where they differ."""
    for new in render(settings, trial):
        file = settings.directories.etc / new.relative_to(trial)
        if not file.is_file() or file.read_bytes() != new.read_bytes():
            yield new, file
