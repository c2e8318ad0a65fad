"""`scripts/setup`: runs the parts in order, one numbered line with its time for each."""

from __future__ import annotations

import argparse
import fcntl
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

from . import console, environment, firefox, models, packages, prometheus, provider, smsc, switch
from .command import Trouble
from .places import HOME


class Part(NamedTuple):
    """One step of the set-up: its name for --only, what it brings, and the function that does it."""

    name: str
    brings: str
    bring: Callable[[], str]


PARTS = (
    Part("packages", "system packages", packages.bring),
    Part("asterisk", "Asterisk 18 or newer", switch.bring),
    Part("python", "virtual environment", environment.bring),
    Part("whisper", "Whisper base", models.bring_whisper),
    Part("vosk", "Vosk model for plumbing tests", models.bring_vosk),
    Part("console", "console", console.bring),
    Part("provider", "OpenID provider for tests", provider.bring),
    Part("smsc", "simulated SMSC for tests", smsc.bring),
)
OPTIONAL = (
    Part("firefox", "Firefox, for scripts/soak", firefox.bring),
    Part("prometheus", "Prometheus and promtool, for scripts/soak", prometheus.bring),
)
"""Brought when named by --only."""


def main(argv: list[str]) -> int:
    """Exit status 0 when everything is there, 1 when something cannot be brought, 2 for wrong arguments."""
    names = [part.name for part in (*PARTS, *OPTIONAL)]
    parser = argparse.ArgumentParser(
        prog="scripts/setup",
        description="Brings everything that demo and tests need. Repeatable; quick when nothing is to do.",
        epilog="SONGHUA_PYTHON chooses another Python; "
        "SONGHUA_PRIVATE_ASTERISK=1 ignores the machine's own Asterisk.",
    )
    parser.add_argument(
        "--only", action="append", choices=names, metavar="PART", help=f"one of: {', '.join(names)}"
    )
    parser.add_argument("--list", action="store_true", help="name the parts and stop")
    chosen = parser.parse_args(argv)
    if chosen.list:
        for part in (*PARTS, *OPTIONAL):
            print(f"{part.name:10} {part.brings}")
        return 0
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("setup: another set-up of this checkout is running, waiting for it", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        if chosen.only is None:
            return _run(list(PARTS))
        return _run([part for part in (*PARTS, *OPTIONAL) if part.name in chosen.only])


def _run(parts: list[Part]) -> int:
    began = time.monotonic()
    for number, part in enumerate(parts, 1):
        print(f"[{number}/{len(parts)}] {part.brings} … ", end="", flush=True)
        start = time.monotonic()
        try:
            outcome = part.bring()
        except Trouble as trouble:
            print(f"cannot be brought ({time.monotonic() - start:.1f} s)", flush=True)
            if trouble.detail:
                print(trouble.detail, file=sys.stderr)
            print(f"setup: cause: {trouble.cause}\nsetup: remedy: {trouble.remedy}", file=sys.stderr)
            return 1
        except OSError as error:
            print(f"cannot be brought ({time.monotonic() - start:.1f} s)", flush=True)
            print(
                f"setup: cause: {error}\nsetup: remedy: see that the disk has room and is writable",
                file=sys.stderr,
            )
            return 1
        print(f"{outcome} ({time.monotonic() - start:.1f} s)", flush=True)
    print(f"setup: ready in {time.monotonic() - began:.1f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
