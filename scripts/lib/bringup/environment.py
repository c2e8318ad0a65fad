"""The virtual environment: exactly the locked versions with their hashes, and the project itself."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from .command import Trouble, run
from .places import CHECKOUT, LOGS, VENV, digest, stamp, stamped

LOCK = CHECKOUT / "requirements/test.lock"
PROJECT = CHECKOUT / "pyproject.toml"
MINIMUM: tuple[int, int] = (3, 11)


def bring() -> str:
    """Create or update `.songhua/venv`, unless lock, project file and interpreter are the same."""
    if sys.version_info < MINIMUM:
        raise Trouble(
            f"Python is {sys.version.split()[0]}, Songhua needs 3.11 or newer",
            "Set SONGHUA_PYTHON to a newer one, for example SONGHUA_PYTHON=/usr/bin/python3 on Debian 13.",
        )
    if not LOCK.is_file():
        raise Trouble(f"{LOCK} is missing", "The checkout is not whole: clone it again.")
    value = f"{digest([LOCK, PROJECT] if PROJECT.is_file() else [LOCK])} {_version()} {VENV}"
    if stamped("environment", value) and (VENV / "bin/python").exists():
        return "up to date"
    if _needs_new():
        shutil.rmtree(VENV, ignore_errors=True)
        remedy = "On Debian: apt-get install python3-venv. Elsewhere: a Python with venv and ensurepip."
        run([sys.executable, "-m", "venv", VENV], remedy=remedy)
    pip: list[str | Path] = [
        VENV / "bin/python",
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--quiet",
    ]
    remedy = f"The index comes from this machine's pip configuration. The whole log: {LOGS}/pip.log"
    run([*pip, "--require-hashes", "-r", LOCK], remedy=remedy, log=LOGS / "pip.log")
    if PROJECT.is_file():
        locked_backend = "\nsetuptools==" in LOCK.read_text()
        build = [
            "--no-deps",
            *(["--no-build-isolation"] if locked_backend else []),
            "-e",
            str(CHECKOUT),
            "--config-settings",
            "editable_mode=compat",
        ]
        run(
            [*pip, *build],
            remedy="See pyproject.toml: the build backend must be in the lock.",
            log=LOGS / "pip-own.log",
        )
        stamp("environment", value)
        return f"installed for Python {_version()}"
    return f"installed for Python {_version()}, without the project (no pyproject.toml yet)"


def _version() -> str:
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def _needs_new() -> bool:
    python = VENV / "bin/python"
    if not python.exists() or not (VENV / "bin/pip").exists():
        return True
    config = VENV / "pyvenv.cfg"
    text = config.read_text() if config.is_file() else ""
    return f"version = {_version()}." not in text or not os.access(python, os.X_OK) or not _belongs_here()


def _belongs_here() -> bool:
    """A copied environment names another folder in its scripts and would install there."""
    first = (VENV / "bin/pip").read_text(errors="replace").splitlines()[:1]
    return bool(first) and str(VENV) in first[0]
