"""What an installation does to the machine: programs, users, owners of files, services."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from core.environment import without_secrets
from gateway.installation.errors import InstallationStopped

LONGEST_S: Final = 330.0
"""A unit may take five minutes to start (`deploy/systemd`)."""
_SYSTEMD: Final = Path("/run/systemd/system")
_SYSTEM_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SHOWN: Final = 400


class InstallationMachine(Protocol):
    """The machine, or a test's."""

    @property
    def systemd(self) -> bool:
        """Whether systemd runs here."""
        ...

    def program(self, name: str) -> str | None:
        """Its path; None where it is not installed."""
        ...

    def user(self, name: str) -> bool: ...

    def in_group(self, user: str, group: str) -> bool: ...

    def group(self, name: str) -> bool: ...

    def run(self, words: Sequence[str], *, told: str = "", user: str = "") -> str:
        """What the command prints, with `told` on its standard input. Raises `InstallationStopped`."""
        ...

    def says(self, words: Sequence[str]) -> str:
        """What the command prints, whatever its exit code; empty where it cannot be run."""
        ...

    def owned(self, path: Path, user: str, group: str, mode: int) -> bool:
        """Whether it is there with this owner and mode."""
        ...

    def own(self, path: Path, user: str, group: str, mode: int) -> None:
        """Raises `OSError`."""
        ...


class ThisMachine:
    """Fills `InstallationMachine`; what it runs has none of our secrets in its environment."""

    @property
    def systemd(self) -> bool:
        return _SYSTEMD.is_dir()

    def program(self, name: str) -> str | None:
        return shutil.which(name, path=f"{os.environ.get('PATH', '')}:{_SYSTEM_PATH}")

    def user(self, name: str) -> bool:
        try:
            pwd.getpwnam(name)
        except KeyError:
            return False
        return True

    def group(self, name: str) -> bool:
        try:
            grp.getgrnam(name)
        except KeyError:
            return False
        return True

    def in_group(self, user: str, group: str) -> bool:
        try:
            return user in grp.getgrnam(group).gr_mem
        except KeyError:
            return False

    def run(self, words: Sequence[str], *, told: str = "", user: str = "") -> str:
        try:
            done = subprocess.run(  # noqa: S603  # the words are ours
                words, input=told, capture_output=True, text=True, timeout=LONGEST_S, check=False,
                env={**without_secrets(), "PATH": _SYSTEM_PATH}, user=user or None, cwd="/",
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            why = "takes too long" if isinstance(error, subprocess.TimeoutExpired) else str(error.strerror)
            raise InstallationStopped(f"{words[0]}: {why}", remedy=_by_hand(words)) from None
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip()[-_SHOWN:]
            raise InstallationStopped(f"{' '.join(words)}: {said}", remedy=_by_hand(words))
        return done.stdout

    def says(self, words: Sequence[str]) -> str:
        try:
            done = subprocess.run(  # noqa: S603  # as above
                words, capture_output=True, text=True, timeout=LONGEST_S, check=False,
                stdin=subprocess.DEVNULL, env={**without_secrets(), "PATH": _SYSTEM_PATH},
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return done.stdout.strip()

    def owned(self, path: Path, user: str, group: str, mode: int) -> bool:
        try:
            found = path.lstat()
            wanted = (pwd.getpwnam(user).pw_uid, grp.getgrnam(group).gr_gid, mode)
        except (OSError, KeyError):
            return False
        return (found.st_uid, found.st_gid, found.st_mode & 0o7777) == wanted

    def own(self, path: Path, user: str, group: str, mode: int) -> None:
        # No link is followed: some of these folders belong to users who could set one.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            os.fchown(handle, pwd.getpwnam(user).pw_uid, grp.getgrnam(group).gr_gid)
            os.fchmod(handle, mode)
        finally:
            os.close(handle)


def _by_hand(words: Sequence[str]) -> str:
    return f"correct what it says, try {words[0]} by hand, then run songhua init again"
