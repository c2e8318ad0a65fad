"""`scripts/bench drafting`: what the lab makes of drafting (`lab/judging/bench.py`)."""

from __future__ import annotations

from lab.judging.bench import main

if __name__ == "__main__":
    raise SystemExit(main())
