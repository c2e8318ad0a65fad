"""A machine for tests of the installation: no users of ours, no systemd unless told, every command noted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gateway.installation.answers import InstallationAnswers
from gateway.installation.context import Installation
from gateway.installation.errors import InstallationStopped
from gateway.installation.places import InstallationPlaces


class NotedMachine:
    """Fills `InstallationMachine`. `units` are systemd's, by name with whether each runs and is enabled;
    without any there is no systemd. `fails` is the word of a command that does not succeed.
    """

    def __init__(self, *, users: Sequence[str] = (), units: dict[str, bool] | None = None) -> None:
        self.users = set(users)
        self.groups = {(user, user) for user in users}
        self.units = units
        self.programs = {"asterisk", "mosquitto", "groupadd", "useradd", "usermod"}
        self.commands: list[list[str]] = []
        self.told: list[str] = []
        self.answers: dict[str, str] = {}
        self.fails = ""

    @property
    def systemd(self) -> bool:
        return self.units is not None

    def program(self, name: str) -> str | None:
        return f"/usr/bin/{name}" if name in self.programs else None

    def user(self, name: str) -> bool:
        return name in self.users

    def group(self, name: str) -> bool:
        return any(group == name for _, group in self.groups)

    def in_group(self, user: str, group: str) -> bool:
        return (user, group) in self.groups

    def run(self, words: Sequence[str], *, told: str = "", user: str = "") -> str:
        del user
        self.commands.append(list(words))
        self.told.append(told)
        if self.fails and self.fails in words:
            raise InstallationStopped(f"{' '.join(words)}: it said no", remedy="look")
        self._account(words, told)
        if self.units is not None and words[0] == "systemctl":
            self._systemctl(words)
        return next((answer for part, answer in self.answers.items() if part in told), "")

    def says(self, words: Sequence[str]) -> str:
        units = self.units or {}
        if words[:2] == ["systemctl", "cat"]:
            return "[Unit]" if words[2] in units else ""
        state = {"is-active": "active", "is-enabled": "enabled"}.get(words[1], "")
        return state if units.get(words[-1]) else ""

    def owned(self, path: Path, user: str, group: str, mode: int) -> bool:
        del user, group, mode
        return path.exists()

    def own(self, path: Path, user: str, group: str, mode: int) -> None:
        """Files of a test stay who runs it."""

    def _account(self, words: Sequence[str], told: str) -> None:
        if words[0] == "useradd":
            self.users.add(words[-1])
        if words[0] == "groupadd":
            self.groups.add((words[-1], words[-1]))
        if words[0] == "usermod":
            self.groups.add((words[-1], words[-2]))
        if words[0].endswith("systemd-sysusers"):
            self.users.add("songhua")
            self.groups |= {("songhua", "songhua"), ("songhua", "asterisk")}
            assert told.startswith("u songhua ")

    def _systemctl(self, words: Sequence[str]) -> None:
        assert self.units is not None
        for unit in words[2:]:
            if unit.startswith("-") or unit not in self.units:
                continue
            self.units[unit] = words[1] != "disable"


def installation(
    root: Path, machine: NotedMachine | None = None, told: InstallationAnswers | None = None
) -> Installation:
    """One below `root`."""
    answers = told or InstallationAnswers(names=("hotline.example.org",))
    return Installation(machine or NotedMachine(), lambda: answers, InstallationPlaces(root))
