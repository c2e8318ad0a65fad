"""The wheel: every room, and what the program reads beside its packages (`setup.py`)."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from scripts.lib.bringup.command import Trouble, run
from scripts.lib.bringup.places import VENV
from scripts.lib.shipping.source import epoch, export


def build(out: Path) -> Path:
    """`songhua-VERSION-py3-none-any.whl`. It needs no network: the environment of scripts/setup has
    setuptools.
    """
    python = VENV / "bin/python"
    if not python.exists():
        raise Trouble(f"{VENV} is not there", "scripts/setup --only python")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="songhua-wheel.") as scratch:
        tree, made = Path(scratch, "tree"), Path(scratch, "made")
        export(tree)
        words = ["--disable-pip-version-check", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
        run(
            [python, "-m", "pip", *words, "--wheel-dir", made, tree],
            remedy="The backend is setuptools, which requirements/test.lock pins.",
            env={"SOURCE_DATE_EPOCH": epoch()},
        )
        (wheel,) = made.glob("*.whl")
        return Path(shutil.move(wheel, out / wheel.name))
