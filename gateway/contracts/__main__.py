"""Writes console/shared/contracts/ anew; with `--check` it only says what is stale, with exit code 1."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from gateway.contracts.application import application
from gateway.contracts.files import stale, write


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        app = application(Path(folder))
        if "--check" not in sys.argv[1:]:
            write(app)
            return 0
        old = stale(app)
        for name in old:
            sys.stderr.write(f"stale: {name}; run python -m gateway.contracts\n")
        return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main())
