"""`scripts/package`: builds the wheel or Debian packages, one line for each with its size and time."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from scripts.lib.bringup.command import Trouble
from scripts.lib.bringup.places import CHECKOUT
from scripts.lib.shipping import asterisk, model, songhua, wheel

OUT: Final = CHECKOUT / "dist"
WHAT: Final[Mapping[str, str]] = {
    "wheel": "songhua-VERSION-py3-none-any.whl, for a Python environment of your own",
    "deb": "songhua: the service with all its Python packages (and the wheel)",
    "asterisk": "songhua-asterisk: the switch",
    "model": "songhua-whisper-base: the speech model",
    "all": "the three Debian packages and the wheel",
}


def main(words: list[str]) -> int:
    """Exit status 0 when all was built, 1 when something was not, 2 for wrong arguments."""
    parser = argparse.ArgumentParser(
        prog="scripts/package",
        description="Builds what a server is installed from.",
        epilog="; ".join(f"{name}: {what}" for name, what in WHAT.items()),
    )
    parser.add_argument("what", choices=WHAT)
    parser.add_argument("--out", type=Path, default=OUT, metavar="FOLDER", help="where to (dist)")
    fresh = "asterisk: take what Debian's archive has today, and not what scripts/setup has brought"
    parser.add_argument("--fresh", action="store_true", help=fresh)
    chosen = parser.parse_args(words)
    try:
        for build in builders(chosen.what, fresh=chosen.fresh):
            _build(build, chosen.out.absolute())
    except Trouble as trouble:
        tell(trouble)
        return 1
    return 0


def builders(what: str, *, fresh: bool = False) -> list[Callable[[Path], Path]]:
    """Each builds one package into a folder."""
    of: dict[str, Callable[[Path], Path]] = {
        "wheel": wheel.build,
        "deb": songhua.build,
        "asterisk": lambda out: asterisk.build(out, fresh=fresh),
        "model": model.build,
    }
    return [of["deb"], of["asterisk"], of["model"]] if what == "all" else [of[what]]


def tell(trouble: Trouble) -> None:
    """What went wrong, and what helps."""
    if trouble.detail:
        print(trouble.detail, file=sys.stderr)
    print(f"package: cause: {trouble.cause}\npackage: remedy: {trouble.remedy}", file=sys.stderr)


def _build(build: Callable[[Path], Path], out: Path) -> None:
    began = time.monotonic()
    made = build(out)
    print(f"{made} ({made.stat().st_size / 1e6:.1f} MB, {time.monotonic() - began:.1f} s)", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
