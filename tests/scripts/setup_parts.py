"""The modules of scripts/setup, which stand outside of the project's packages: read without setting up."""

from __future__ import annotations

import runpy
import sys
from typing import Any

from tests.peers.checkout import CHECKOUT


def part_of_setup(name: str) -> dict[str, Any]:
    """The names of `scripts/lib/bringup/NAME.py`."""
    folder = str(CHECKOUT / "scripts" / "lib")
    sys.path.insert(0, folder)
    try:
        return runpy.run_module(f"bringup.{name}")
    finally:
        sys.path.remove(folder)
        for one in [known for known in sys.modules if known.partition(".")[0] == "bringup"]:
            del sys.modules[one]
