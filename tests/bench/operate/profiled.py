"""The real service with one thing more: where its processor time goes, by samples of its first thread.

`python -m tests.bench.operate.profiled OUT serve --role centre --config FILE`. At each SIGUSR1 it writes to
OUT what it sampled since the last one. The kernel asks for a sample after every few milliseconds of
processor time of the whole process: what is sampled while the first thread waits was used by another one, as
those of SQLite.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections import Counter
from functools import lru_cache
from pathlib import Path
from types import FrameType
from typing import Final

from gateway.cli import build, wanted
from tests.peers.checkout import CHECKOUT

EVERY_S: Final = 0.004
MOST_TOLD: Final = 40
PACKAGES: Final = "site-packages/"
WAITING: Final = "other threads"
ENTRY: Final = "gateway/commands/serve.py"
"""Beneath everything: what SQLAlchemy does in a greenlet of its own shows no function of ours but this."""


class ProcessorSamples:
    """`places` counts functions of our own, the innermost of each sample; `packages` whose code ran."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._begin()

    def _begin(self) -> None:
        self._places: Counter[str] = Counter()
        self._packages: Counter[str] = Counter()
        self._used = time.process_time()

    def take(self, _number: int, frame: FrameType | None) -> None:
        """A sample: a signal's handler."""
        package = ""
        while frame is not None:
            owner, place = _known(frame.f_code.co_filename)
            package = package or (WAITING if frame.f_code.co_name == "select" else owner)
            if place:
                self._places[f"{place} {frame.f_code.co_qualname}"] += 1
                break
            frame = frame.f_back
        self._packages[package or WAITING] += 1

    def tell(self, *_: object) -> None:
        """Renamed when it is whole: who asked waits for the name."""
        told = {
            "cpu_s": round(time.process_time() - self._used, 3),
            "samples": self._packages.total(),
            "packages": _shares(self._packages),
            "places": _shares(self._places),
        }
        part = self._out.with_suffix(".part")
        part.write_text(json.dumps(told), encoding="utf-8")
        part.replace(self._out)
        self._begin()


def _shares(counted: Counter[str]) -> list[tuple[str, float]]:
    whole = max(1, counted.total())
    return [(name, round(count / whole, 4)) for name, count in counted.most_common(MOST_TOLD)]


@lru_cache(4096)
def _known(file: str) -> tuple[str, str]:
    """Whose code a file is, and its path in the checkout, empty where it is not ours."""
    if PACKAGES in file:
        return file.partition(PACKAGES)[2].partition("/")[0].removesuffix(".py"), ""
    path = Path(file)
    if path.is_relative_to(CHECKOUT) and path != Path(__file__):
        place = str(path.relative_to(CHECKOUT))
        return f"own: {place.partition('/')[0]}", "" if place == ENTRY else place
    return f"python: {path.parent.name if path.parent.name in {'asyncio', 'json'} else path.stem}", ""


def main() -> None:
    samples = ProcessorSamples(Path(sys.argv[1]))
    signal.signal(signal.SIGUSR1, samples.tell)
    signal.signal(signal.SIGPROF, samples.take)
    signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)
    words = sys.argv[2:]
    build(wanted(words))(words)


if __name__ == "__main__":
    main()
