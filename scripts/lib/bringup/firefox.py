"""Debian's Firefox, and npm's puppeteer-core that drives it: for the stories of `scripts/soak` alone."""

from __future__ import annotations

import shutil

from .command import run
from .packages import install
from .places import CHECKOUT, LOGS, digest, stamp, stamped

FOLDER = CHECKOUT / "tests" / "peers" / "firefox"
PACKAGE = "firefox-esr"


def bring() -> str:
    """Both, where they are missing."""
    install([PACKAGE] if shutil.which(PACKAGE) is None else [])
    packages = digest([FOLDER / "package.json", FOLDER / "package-lock.json"])
    if stamped("firefox", packages) and (FOLDER / "node_modules").is_dir():
        return "up to date"
    remedy = (
        f"The registry comes from this machine's npm configuration. The whole log: {LOGS}/npm-firefox.log"
    )
    run(["npm", "ci", "--no-audit", "--no-fund"], cwd=FOLDER, remedy=remedy, log=LOGS / "npm-firefox.log")
    stamp("firefox", packages)
    return "installed"
