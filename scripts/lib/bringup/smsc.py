"""npm's smpp, of which tests make a simulated SMSC: `npm ci` when its lock changed."""

from __future__ import annotations

from .command import run
from .places import CHECKOUT, LOGS, digest, stamp, stamped

FOLDER = CHECKOUT / "tests" / "peers" / "simulated_smsc"


def bring() -> str:
    packages = digest([FOLDER / "package.json", FOLDER / "package-lock.json"])
    if stamped("simulated-smsc", packages) and (FOLDER / "node_modules").is_dir():
        return "up to date"
    remedy = f"The registry comes from this machine's npm configuration. The whole log: {LOGS}/npm-smsc.log"
    run(["npm", "ci", "--no-audit", "--no-fund"], cwd=FOLDER, remedy=remedy, log=LOGS / "npm-smsc.log")
    stamp("simulated-smsc", packages)
    return "installed"
