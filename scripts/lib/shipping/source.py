"""The tree that is packed: what git tracks, as it lies in the checkout, and the built console. Nothing else
gets in.
"""

from __future__ import annotations

import os
import re
import shutil
import tomllib
from pathlib import Path

from scripts.lib.bringup.command import Trouble, run
from scripts.lib.bringup.places import CHECKOUT

CONSOLE = Path("console/dist")
_GIT = "Run it in a clone of the repository, with git installed."


def export(to: Path, checkout: Path = CHECKOUT) -> None:
    """Copy the tree; builds leave their traces in the copy."""
    tracked = run(["git", "-C", checkout, "ls-files", "-z"], remedy=_GIT).split("\0")
    for name in filter(None, tracked):
        source, target = checkout / name, to / name
        if not source.is_file():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
    if not (checkout / CONSOLE / "desk/index.html").is_file():
        raise Trouble(f"{CONSOLE} is not built", "scripts/setup --only console")
    shutil.copytree(checkout / CONSOLE, to / CONSOLE, dirs_exist_ok=True)


def released(checkout: Path = CHECKOUT) -> str:
    """The version that pyproject.toml names."""
    with (checkout / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def debian_version(checkout: Path = CHECKOUT) -> str:
    """`0.1.0` of the commit with the tag `v0.1.0`. Any other is before it and newer than those before itself:
    `0.1.0~20261201.2003.g362c6726`.
    """
    version = released(checkout)
    git: list[str | Path] = ["git", "-C", checkout]
    words = ["log", "-1", "--format=%cd %h%n%D", "--date=format-local:%Y%m%d.%H%M"]
    told = run([*git, *words], remedy=_GIT, env={"TZ": "UTC"})
    head, _, names = told.partition("\n")
    if f"tag: v{version}" in re.split(r", ", names.strip()):
        return version
    date, commit = head.split()
    return f"{version}~{date}.g{commit}"


def epoch(checkout: Path = CHECKOUT) -> str:
    """The commit's time in seconds: every file gets it, so that the same commit makes the same package."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    return given or run(["git", "-C", checkout, "log", "-1", "--format=%ct"], remedy=_GIT).strip()
