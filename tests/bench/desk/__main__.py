"""The bench `desk`: how fast the desk is in a real Chromium.

`scripts/bench desk` (6 min); `--part keys` (ring, map, memory, load) for one part, `--quick` for a short
look. Raw output goes to the file after `--out`, the table to the screen. All drawing is by software.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import tempfile
from pathlib import Path
from typing import Any

from tests.bench.desk import keys, load, map, memory, ring  # noqa: A004 - the part's name
from tests.bench.desk.figures import DeskFigure
from tests.peers.checkout import HOME

IN_BROWSER = {"keys": keys.run, "map": map.run, "memory": memory.run, "load": load.run}
PARTS = ("ring", *IN_BROWSER)


def measure(part: str, folder: Path, *, quick: bool) -> tuple[list[DeskFigure], dict[str, Any]]:
    if part == "ring":
        return ring.run(folder, quick=quick)
    return asyncio.run(IN_BROWSER[part](folder, quick=quick))


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--part", choices=PARTS, action="append", help="only this one; may be repeated")
    arguments.add_argument("--quick", action="store_true", help="a short look: its figures are no result")
    chosen = arguments.parse_args()
    HOME.mkdir(exist_ok=True)
    found: dict[str, Any] = json.loads(chosen.out.read_text()) if chosen.part and chosen.out.exists() else {}
    figures: list[DeskFigure] = []
    for part in chosen.part or PARTS:
        before = os.getloadavg()[0]
        with tempfile.TemporaryDirectory(prefix=f"bench-desk-{part}-", dir=HOME) as name:
            measured, raw = measure(part, Path(name), quick=chosen.quick)
        figures += measured
        found[part] = {
            "load_before": before,
            "quick": chosen.quick,
            "figures": [one.raw() for one in measured],
            **raw,
        }
    found |= {"machine": platform.platform(), "cores": os.cpu_count()}
    chosen.out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print("| part | figure | measured | goal | | beside |\n|---|---|---|---|---|---|")
    print("\n".join(one.row() for one in figures))
    return 0 if all(one.reached for one in figures) else 1


if __name__ == "__main__":
    raise SystemExit(main())
