"""The steps on this machine, each by a program of its own: after the installation it is the new version's.

This process goes on with the code that it has loaded; it imports nothing more once the first step began.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from gateway.upgrading.model import Step, UpgradeState
from gateway.upgrading.service import StepFailed
from gateway.upgrading.settings import UpgradeSettings

LOOKS_EVERY_S: Final = 1.0
MOST_WORDS: Final = 600
"""Signs of what a failed command said that are kept."""
COMPARED: Final = re.compile(r"role \w+|switch|broker|database")
"""Parts of the status that an upgrade may make worse: not disks, certificates, calls."""


class MachineSteps:
    """`program` are the words that run `songhua`; `config` its settings file. `lock` is held by whatever
    outlives this process.
    """

    def __init__(
        self,
        settings: UpgradeSettings,
        *,
        program: Sequence[str],
        config: Path,
        backup: Sequence[str],
        drain: Sequence[str],
        lock: int,
    ) -> None:
        self._settings = settings
        self._program = list(program)
        self._config = config
        self._backup = list(backup)
        self._drain = list(drain)
        self._lock = lock
        self._work: Mapping[Step, Callable[[UpgradeState], Mapping[str, Any] | None]] = {
            Step.BACKUP: lambda _: {"file": _value(self._songhua("backup", *self._backup), "file")},
            Step.DRAIN: self._drained,
            Step.STOP: lambda _: self._run(settings.stop),
            Step.INSTALL: lambda state: self._install(state.plan.package),
            Step.MIGRATE: lambda _: self._migrated(),
            Step.START: lambda _: self._run(settings.start),
            Step.CHECK: lambda state: self._checked(state, state.plan.to_version),
            Step.BACK_STOP: lambda _: self._run(settings.stop),
            Step.BACK_SCHEMA: self._taken_back,
            Step.BACK_INSTALL: lambda state: self._install(state.plan.previous),
            Step.BACK_START: lambda _: self._run(settings.start),
            Step.BACK_CHECK: lambda state: self._checked(state, state.plan.from_version),
        }

    def do(self, step: Step, state: UpgradeState) -> Mapping[str, Any] | None:
        """As `UpgradeSteps` says."""
        return self._work[step](state)

    def version(self) -> str:
        """Of the program that is installed now."""
        return str(_value(self._output([*self._program, "--version", "--json"]), "version"))

    def parts(self) -> dict[str, str]:
        """The parts of `songhua status` and their states; whatever its exit code says."""
        done = self._ran([*self._program, "status", "--config", str(self._config), "--json"])
        told: Mapping[str, Any] = _value(done.stdout, "parts")
        return {name: str(part["state"]) for name, part in told.items() if COMPARED.fullmatch(name)}

    def schema(self) -> str | None:
        """The database's revision."""
        done = self._ran([*self._program, "db", "status", "--config", str(self._config), "--json"])
        found = _value(done.stdout, "found", _words(done))
        return None if found is None else str(found)

    def _drained(self, state: UpgradeState) -> Mapping[str, Any] | None:
        if not state.plan.drains:
            return None
        words = ["drain", "--config", str(self._config), *self._drain]
        within = ["--within", str(self._settings.drain_s)]
        try:
            self._output([*self._program, *words, *within], asks=True)
        except StepFailed:
            # Nothing was changed yet: calls go to agents again.
            self._ran([*self._program, *words, "--off"], asks=True)
            raise
        return {}

    def _migrated(self) -> Mapping[str, Any]:
        self._run([*self._program, "db", "upgrade", "--config", str(self._config)], holds=True)
        return {"schema": self.schema()}

    def _install(self, package: str | None) -> Mapping[str, Any]:
        if package is None:
            raise StepFailed("the earlier version's package is not known: install it, and start the service")
        words = [word.replace("{package}", package) for word in self._installer(package)]
        self._run(words, holds=True)
        return {"version": self.version()}

    def _installer(self, package: str) -> Sequence[str]:
        if self._settings.install:
            return self._settings.install
        if package.endswith(".deb"):
            return ("apt-get", "install", "--yes", "--allow-downgrades", "{package}")
        return (sys.executable, "-m", "pip", "install", "{package}")

    def _taken_back(self, state: UpgradeState) -> Mapping[str, Any] | None:
        wanted = state.plan.schema_revision
        if wanted is None or self.schema() == wanted:
            return None
        words = ["db", "downgrade", wanted, "--yes", "--config", str(self._config)]
        self._run([*self._program, *words], holds=True)
        return {"schema": wanted}

    def _checked(self, state: UpgradeState, version: str | None) -> Mapping[str, Any]:
        found = self.version()
        if version is not None and found != version:
            raise StepFailed(f"version {found} is installed, not {version}")
        end = time.monotonic() + self._settings.check_s
        while True:
            worse = self._worse(state.plan.before)
            if not worse:
                return {"version": found}
            if time.monotonic() > end:
                raise StepFailed(f"not as before within {self._settings.check_s:.0f} s: {', '.join(worse)}")
            time.sleep(LOOKS_EVERY_S)

    def _worse(self, before: Mapping[str, str]) -> list[str]:
        """What was well before and is not now; the database's schema must be the program's in any case."""
        now = self.parts()
        worse = [
            f"{name} is {now.get(name, 'not there')}"
            for name, state in before.items()
            if state == "up" and now.get(name) != "up"
        ]
        if self._ran([*self._program, "db", "status", "--config", str(self._config)]).returncode:
            worse.append("the database has another schema")
        return worse

    def _songhua(self, *words: str) -> str:
        return self._output([*self._program, *words, "--config", str(self._config), "--json"], holds=True)

    def _output(self, words: Sequence[str], *, holds: bool = False, asks: bool = False) -> str:
        done = self._ran(words, holds=holds, asks=asks)
        if done.returncode:
            raise StepFailed(f"{_named(words)} ended with {done.returncode}: {_words(done)}")
        return done.stdout

    def _run(self, words: Sequence[str], *, holds: bool = False) -> Mapping[str, Any]:
        self._output(words, holds=holds)
        return {}

    def _ran(
        self, words: Sequence[str], *, holds: bool = False, asks: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """`holds` keeps others out as long as it runs; `asks` may ask the person at the terminal."""
        at_terminal = asks and sys.stdin.isatty()
        pipe = None if at_terminal else subprocess.PIPE
        try:
            return subprocess.run(  # noqa: S603  # the operator's own settings, and no shell
                list(words), stdout=pipe, stderr=pipe, text=True, errors="replace", check=False,
                stdin=None if at_terminal else subprocess.DEVNULL, timeout=self._settings.step_s,
                pass_fds=(self._lock,) if holds else (),
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise StepFailed(f"{_named(words)} took longer than {self._settings.step_s:.0f} s") from None
        except OSError as error:
            raise StepFailed(f"{_named(words)}: {error.strerror}") from error


def _value(told: str, key: str, also: str = "") -> Any:
    """What a command's JSON says under this key. Raises `StepFailed` where it is no such JSON."""
    try:
        return json.loads(told)[key]
    except (ValueError, KeyError, TypeError):
        raise StepFailed(f"the program does not say its {key}: {also or told[:MOST_WORDS]}") from None


def _named(words: Sequence[str]) -> str:
    """The command without its options: these name files and people."""
    return " ".join(word for word in words[:5] if not word.startswith("-"))


def _words(done: subprocess.CompletedProcess[str]) -> str:
    return " ".join((done.stderr or done.stdout or "").split())[-MOST_WORDS:]
