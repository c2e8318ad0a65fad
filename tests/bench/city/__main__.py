"""The bench `city`: the city's other systems. `scripts/bench city` (two minutes); `--cameras N`."""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from pathlib import Path

from tests.bench.city.cameras import nearest
from tests.bench.city.live import live
from tests.bench.city.pictures import health, pictures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--cameras", type=int, default=10_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = {"nearest_camera": asyncio.run(nearest(Path(folder), cameras=given.cameras))}
    found["picture"] = asyncio.run(pictures())
    found["live"] = asyncio.run(live())
    found["health"] = asyncio.run(health())
    text = json.dumps(found, indent=2)
    if given.out is not None:
        given.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
