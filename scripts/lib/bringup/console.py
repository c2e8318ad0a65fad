"""The console's build: `npm ci` when its lock changed, `npm run build` when a source changed."""

from __future__ import annotations

import os
from pathlib import Path

from .command import run
from .places import CHECKOUT, LOGS, digest, stamp, stamped

CONSOLE = CHECKOUT / "console"
LEFT_OUT = {"node_modules", "dist", ".vite", "coverage"}


def bring() -> str:
    """Build the console where there is one."""
    if not (CONSOLE / "package.json").is_file():
        return "no console in this checkout"
    done = []
    packages = digest(
        file for file in (CONSOLE / "package.json", CONSOLE / "package-lock.json") if file.is_file()
    )
    if not (stamped("console-packages", packages) and (CONSOLE / "node_modules").is_dir()):
        word = "ci" if (CONSOLE / "package-lock.json").is_file() else "install"
        remedy = f"The registry comes from this machine's npm configuration. The whole log: {LOGS}/npm.log"
        run(["npm", word, "--no-audit", "--no-fund"], cwd=CONSOLE, remedy=remedy, log=LOGS / "npm.log")
        stamp("console-packages", packages)
        done.append("packages installed")
    sources = digest(_sources())
    if not (stamped("console-build", sources) and (CONSOLE / "dist").is_dir()):
        remedy = f"The console does not build; the whole log: {LOGS}/console.log"
        run(["npm", "run", "build"], cwd=CONSOLE, remedy=remedy, log=LOGS / "console.log")
        stamp("console-build", sources)
        done.append("built")
    return ", ".join(done) or "up to date"


def _sources() -> list[Path]:
    found = []
    for folder, folders, files in os.walk(CONSOLE):
        folders[:] = [name for name in folders if name not in LEFT_OUT]
        found += [Path(folder) / name for name in files]
    return sorted(found)
