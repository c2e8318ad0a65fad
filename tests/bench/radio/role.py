"""The real role `radio` with one thing more: at SIGUSR1 it writes its counters to a file (the first word)."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from prometheus_client import generate_latest

from core.metrics import REGISTRY
from gateway.cli import build, wanted


def main() -> None:
    told = Path(sys.argv[1])

    def tell(*_: object) -> None:
        # Renamed when it is whole: who asked waits for the name.
        part = told.with_suffix(".part")
        part.write_bytes(generate_latest(REGISTRY))
        part.replace(told)

    signal.signal(signal.SIGUSR1, tell)
    words = ["serve", "--role", "radio", *sys.argv[2:]]
    build(wanted(words))(words)


if __name__ == "__main__":
    main()
