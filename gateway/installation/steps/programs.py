"""Looks for the programs that the packages bring; nothing else can make them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NoReturn

from gateway.installation.context import BROKER, SWITCH, Installation
from gateway.installation.errors import InstallationStopped
from gateway.installation.plan import StepName

_PACKAGES: Final[Mapping[str, str]] = {SWITCH: "songhua-asterisk", BROKER: BROKER}


class ProgramsThere:
    name = StepName.PROGRAMS

    def missing(self, to: Installation) -> Sequence[str]:
        wanted = dict(_PACKAGES)
        if not to.places.config.exists() and to.answers().database == "postgresql":
            wanted["psql"] = "postgresql"
        return [
            f"{name} (package {package})" for name, package in wanted.items() if not to.machine.program(name)
        ]

    def do(self, to: Installation) -> NoReturn:
        lacking = self.missing(to)
        raise InstallationStopped(
            f"not installed: {', '.join(lacking)}",
            remedy="apt-get install them (docs/install.md)",
        )
