"""What a start of all roles costs: `python -m tests.bench.starts FOLDER`. Needs no switch and no broker.

Prints JSON: seconds until every role is up and the processor time of the whole tree until then; seconds until
a killed centre answers again; MB of each process, resident (RSS) and its share (PSS).
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from gateway.settings import ROLES
from tests.peers.asterisk import AsteriskPeer, private_settings
from tests.peers.songhua import SonghuaPeer

MB = 1 << 20


def tree(service: SonghuaPeer) -> Iterator[tuple[str, psutil.Process]]:
    """Each process of the service with its role, or what else it is."""
    top = psutil.Process(service.program.pid)
    for one in [top, *top.children(recursive=True)]:
        words = one.cmdline()
        yield words[words.index("--role") + 1] if "--role" in words else " ".join(words[1:4]).strip(), one


def processor_seconds(service: SonghuaPeer) -> float:
    """Of the tree, with those of it that have ended."""
    return sum(sum(one.cpu_times()[:4]) for _, one in tree(service))


def until(true: Callable[[], bool]) -> float:
    began = time.monotonic()
    while not true():
        time.sleep(0.02)
    return round(time.monotonic() - began, 2)


def measure(folder: Path) -> dict[str, object]:
    service = SonghuaPeer(folder, asterisk=AsteriskPeer(private_settings(folder / "asterisk")), broker=None)
    service.prepare([])
    began = time.monotonic()
    service.start()
    try:
        until(lambda: service.program.tail(2_000).count('"role is up"') == len(ROLES))
        found: dict[str, object] = {
            "start_s": round(time.monotonic() - began, 2),
            "start_processor_s": round(processor_seconds(service), 2),
            "memory_mb": {
                name: {"rss": one.memory_info().rss // MB, "pss": one.memory_full_info().pss // MB}
                for name, one in tree(service)
            },
        }
        before = processor_seconds(service)
        centre = next(one for name, one in tree(service) if name == "centre")
        before -= sum(centre.cpu_times()[:4])
        service.port_file.unlink()
        centre.kill()
        found["centre_again_s"] = until(service._answers)
        found["centre_again_processor_s"] = round(processor_seconds(service) - before, 2)
        return found
    finally:
        service.close()


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1])), indent=1))
