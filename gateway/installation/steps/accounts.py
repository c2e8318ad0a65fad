"""The service's user and group, by systemd-sysusers where it is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway.installation.context import SWITCH, USER, Installation
from gateway.installation.plan import StepName

SYSUSERS: Final = f"""\
u {USER} - "Songhua" /var/lib/songhua
m {USER} {SWITCH}
"""
"""`sysusers.d`: recordings and lines of calls are readable by the switch's group."""


class ServiceAccount:
    name = StepName.ACCOUNTS

    def missing(self, to: Installation) -> Sequence[str]:
        found = [] if to.machine.user(USER) else [f"user {USER}"]
        return found if to.machine.in_group(USER, SWITCH) else [*found, f"{USER} in group {SWITCH}"]

    def do(self, to: Installation) -> Sequence[str]:
        lacking = self.missing(to)
        sysusers = to.machine.program("systemd-sysusers")
        if sysusers:
            to.machine.run([sysusers, "-"], told=SYSUSERS)
            return lacking
        if not to.machine.group(USER):
            to.machine.run(["groupadd", "--system", USER])
        if not to.machine.user(USER):
            to.machine.run([
                "useradd", "--system", "--gid", USER, "--home-dir", "/var/lib/songhua", "--no-create-home",
                "--shell", "/usr/sbin/nologin", USER,
            ])  # fmt: skip
        if not to.machine.in_group(USER, SWITCH):
            to.machine.run(["usermod", "--append", "--groups", SWITCH, USER])
        return lacking
