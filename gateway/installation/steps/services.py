"""Starts broker, switch and service by systemd, or as children of this process, and waits for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from gateway.installation import foreground
from gateway.installation.context import BROKER, SWITCH, USER, Installation
from gateway.installation.errors import InstallationStopped
from gateway.installation.foreground import ForegroundServices
from gateway.installation.health import answers, wait_until_all_answer
from gateway.installation.plan import StepName

UNITS: Final[Mapping[str, str]] = {
    BROKER: "songhua-broker.service", SWITCH: "asterisk.service", USER: "songhua.service",
}  # fmt: skip
"""By user, in the order in which they are started."""
TIMERS: Final = ("songhua-tls.timer",)
DEBIANS_BROKER: Final = "mosquitto.service"
"""It would have our broker's port."""


class RunningServices:
    name = StepName.SERVICES

    def __init__(self) -> None:
        self._foreground: ForegroundServices | None = None

    @property
    def children(self) -> bool:
        """Whether services run as children of this process."""
        return self._foreground is not None and self._foreground.any_started

    def stay(self) -> None:
        """Keep the children up until SIGTERM or Ctrl-C."""
        if self._foreground is not None:
            self._foreground.stay()

    def close(self) -> None:
        """Stop the children."""
        if self._foreground is not None:
            self._foreground.close()

    def missing(self, to: Installation) -> Sequence[str]:
        found = [f"{UNITS[one]} has to be started again" for one in UNITS if to.waiting(one)]
        if to.machine.systemd:
            units = [*UNITS.values(), *TIMERS]
            found += [f"{one} does not run" for one in units if not _is(to, "is-active", "active", one)]
            found += [
                f"{one} does not start by itself"
                for one in units
                if not _is(to, "is-enabled", "enabled", one)
            ]
        found += [f"{UNITS[one]} does not answer" for one in UNITS if not answers(to.settings, one)]
        return list(dict.fromkeys(found))

    def do(self, to: Installation) -> Sequence[str]:
        to.places.heard.unlink(missing_ok=True)
        done = self._by_systemd(to) if to.machine.systemd else self._as_children(to)
        wait_until_all_answer(to.settings)
        for service in UNITS:
            to.started(service)
        return done

    def _by_systemd(self, to: Installation) -> list[str]:
        lacking = [one for one in UNITS.values() if not to.machine.says(["systemctl", "cat", one])]
        if lacking:
            raise InstallationStopped(
                f"systemd has no unit {', '.join(lacking)}",
                remedy="install the packages songhua and songhua-asterisk, or copy deploy/systemd/ to "
                "/etc/systemd/system/",
            )
        if _is(to, "is-enabled", "enabled", DEBIANS_BROKER) or _is(to, "is-active", "active", DEBIANS_BROKER):
            to.machine.run(["systemctl", "disable", "--now", DEBIANS_BROKER])
        to.machine.run(["systemctl", "daemon-reload"])
        to.machine.run(["systemctl", "enable", *UNITS.values(), *TIMERS])
        # Looked at before the first start: a service answers less while its switch starts.
        anew = {service for service in UNITS if to.waiting(service) or not answers(to.settings, service)}
        for service, unit in UNITS.items():
            to.machine.run(["systemctl", "restart" if service in anew else "start", unit])
        to.machine.run(["systemctl", "start", *TIMERS])
        return [*UNITS.values(), *TIMERS]

    def _as_children(self, to: Installation) -> list[str]:
        program, switch = to.machine.program(SWITCH), to.settings.asterisk
        if program is None or switch is None:
            raise InstallationStopped("there is no Asterisk", remedy="docs/install.md")
        switch.directories.run.mkdir(parents=True, exist_ok=True)
        to.own(switch.directories.run, SWITCH, SWITCH, 0o750)
        if self._foreground is None:
            words = foreground.commands(to.places.config, to.places.broker, switch.directories.etc, program)
            users = all(to.machine.user(one) for one in UNITS)
            self._foreground = ForegroundServices(words, folder=to.places.state, as_users=users)
        anew = [one for one in UNITS if to.waiting(one) or not answers(to.settings, one)]
        for service in anew:
            self._foreground.stop(service)
            if answers(to.settings, service):
                raise InstallationStopped(
                    f"{service} runs with earlier settings, and was not started by this command",
                    remedy="stop it, then songhua init again",
                )
            self._foreground.start(service)
        return anew


def _is(to: Installation, question: str, answer: str, unit: str) -> bool:
    return to.machine.says(["systemctl", question, unit]) == answer
