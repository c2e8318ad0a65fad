"""What every step of an installation is given, and what a step is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from gateway.installation.answers import InstallationAnswers
from gateway.installation.errors import InstallationStopped
from gateway.installation.machine import InstallationMachine
from gateway.installation.places import InstallationPlaces
from gateway.installation.plan import StepName
from gateway.settings import BadSettings, Settings

USER: Final = "songhua"
SWITCH: Final = "asterisk"
BROKER: Final = "mosquitto"
"""Users of service, switch and broker, and their groups."""


@dataclass(slots=True)
class Installation:
    """`answers` gives the answers once they are needed: nobody is asked for an installation that is there.
    `passwords` of people who were made are told once, at the end.
    """

    machine: InstallationMachine
    answers: Callable[[], InstallationAnswers]
    places: InstallationPlaces = field(default_factory=InstallationPlaces)
    passwords: dict[str, str] = field(default_factory=dict)
    _settings: Settings | None = None

    @property
    def settings(self) -> Settings:
        """Raises `InstallationStopped` where the file cannot be used."""
        if self._settings is None:
            try:
                self._settings = Settings.load(self.places.config)
            except BadSettings as bad:
                raise InstallationStopped(
                    "; ".join(bad.faults), remedy="songhua config check says what to do about each"
                ) from None
        return self._settings

    def own(self, path: Path, user: str, group: str, mode: int) -> None:
        """Where the machine has them: a trial without the service's users leaves its files to who runs it."""
        if self.machine.user(user) and self.machine.group(group):
            self.machine.own(path, user, group, mode)

    def wait_for_start(self, service: str) -> None:
        """Note, before its files change, that a service has to be started again: a run that ends here is gone
        on with by the next one.
        """
        self.places.waiting.mkdir(parents=True, exist_ok=True)
        (self.places.waiting / service).touch()

    def waiting(self, service: str) -> bool:
        """Whether its files have changed since it was started."""
        return (self.places.waiting / service).exists()

    def started(self, service: str) -> None:
        (self.places.waiting / service).unlink(missing_ok=True)


class StepOfInstallation(Protocol):
    """`missing` looks and changes nothing; `do` makes what is missing and never overwrites a secret."""

    name: StepName

    def missing(self, to: Installation) -> Sequence[str]:
        """What is not there yet, in words. Raises `InstallationStopped` where it cannot be looked for."""
        ...

    def do(self, to: Installation) -> Sequence[str]:
        """What it did, in words. Raises `InstallationStopped`, `SonghuaError`, `OSError`."""
        ...
