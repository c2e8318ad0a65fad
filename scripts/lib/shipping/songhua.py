"""The package `songhua`: the service in a virtual environment of its own, with every locked Python package,
units for systemd, completions and pages. See docs/decisions/0262.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from scripts.lib.bringup.command import Trouble, run
from scripts.lib.bringup.places import CHECKOUT, cache, digest
from scripts.lib.shipping import debs, source
from scripts.lib.shipping import wheel as own_wheel

NAME: Final = "songhua"
PYTHON: Final = Path("/usr/bin/python3")
"""Debian's: the packages are for the machine's own Python, and not for one that somebody built."""
SUPPORTED: Final = "3.13"
"""Debian 13's, for which the locked packages are built."""
HOME: Final = Path("usr/lib/songhua")
"""The virtual environment."""
PACKAGES: Final = HOME / "lib" / f"python{SUPPORTED}" / "site-packages"
SHARE: Final = Path("usr/share/songhua")
"""What settings and other programs name: links that stay the same with every version of Python."""
DOC: Final = Path("usr/share/doc/songhua")
LINKS: Final = {"console": "console/dist", "prompts": "ivr/prompts", "deploy": "deploy"}
"""In `SHARE`, to these folders beside the program."""
UNITS: Final = (
    "songhua.service", "songhua@.service", "songhua-broker.service",
    "songhua-backup.service", "songhua-backup.timer", "songhua-tls.service", "songhua-tls.timer",
    "asterisk.service.d/songhua.conf",
)  # fmt: skip
COMPLETIONS: Final = {
    "bash": "usr/share/bash-completion/completions/songhua",
    "zsh": "usr/share/zsh/vendor-completions/_songhua",
    "fish": "usr/share/fish/vendor_completions.d/songhua.fish",
}
START: Final = """#!/{home}/bin/python3
import sys
from gateway.cli import main
sys.exit(main())
"""
CONFIG: Final = "home = /usr/bin\ninclude-system-site-packages = false\nversion = {version}\n"
_COMPLETE: Final = """
import sys
sys.path.insert(0, sys.argv[1])
from typer.completion import get_completion_script
print(get_completion_script(prog_name="songhua", complete_var="_SONGHUA_COMPLETE", shell=sys.argv[2]))
"""
_PIP: Final = "The index comes from this machine's pip configuration; apt-get install python3-pip brings pip."


def build(out: Path) -> Path:
    """`songhua_VERSION_ARCH.deb`; also leaves the wheel in `out`."""
    version = _python_version()
    own = own_wheel.build(out)
    with tempfile.TemporaryDirectory(prefix="songhua-deb.") as scratch:
        stage = Path(scratch, "stage")
        packages = stage / PACKAGES
        packages.mkdir(parents=True)
        _install([*_locked(), own], packages)
        lay_out(stage, version)
        for shell, place in COMPLETIONS.items():
            _write(stage / place, _completion(shell, packages))
        _compile(stage)
        return debs.write(NAME, stage, out, fields())


def fields() -> dict[str, str]:
    """What the control file names."""
    major, minor = SUPPORTED.split(".")
    return {
        "version": source.debian_version(),
        "architecture": debs.architecture(),
        "python": SUPPORTED,
        "next_python": f"{major}.{int(minor) + 1}",
    }


def lay_out(stage: Path, version: str) -> None:
    """Everything but the Python packages themselves; `version` of Python."""
    environment = stage / HOME
    _write(environment / "pyvenv.cfg", CONFIG.format(version=version))
    _write(environment / "bin/songhua", START.format(home=HOME), mode=0o755)
    _link(environment / "bin/python3", f"/usr/bin/python{SUPPORTED}")
    _link(environment / "bin/python", "python3")
    _link(stage / "usr/bin/songhua", f"/{HOME}/bin/songhua")
    for name, folder in LINKS.items():
        _link(stage / SHARE / name, f"/{PACKAGES / folder}")
    deploy = CHECKOUT / "deploy"
    for unit in UNITS:
        _copy(deploy / "systemd" / unit, stage / "usr/lib/systemd/system" / unit)
    _copy(deploy / "sysusers.d/songhua.conf", stage / "usr/lib/sysusers.d/songhua.conf")
    _copy(deploy / "tmpfiles.d/songhua.conf", stage / "usr/lib/tmpfiles.d/songhua.conf")
    for page in pages():
        _copy(CHECKOUT / page, stage / DOC / page)
    _copy(CHECKOUT / "LICENSE", stage / DOC / "copyright")


def pages() -> list[str]:
    """For operators, at the paths that units and messages name. Pictures and records of decisions stay
    behind.
    """
    found = sorted(str(file.relative_to(CHECKOUT)) for file in (CHECKOUT / "docs").glob("*.md"))
    return ["README.md", "SECURITY.md", *found]


def _compile(stage: Path) -> None:
    """Byte code beside each module: the service may not write there, and commands start at once. It is not
    compared with its source, which dpkg keeps.
    """
    words = ["-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "-s", str(stage), "-p", "/"]
    run([PYTHON, *words, stage / PACKAGES], remedy="Report it: a module cannot be compiled.")


def _locked() -> list[Path]:
    """The locked Python packages as wheels, their hashes checked; built once for each lock."""
    lock = CHECKOUT / "requirements/run.lock"
    folder = cache() / f"wheels-{SUPPORTED}-{os.uname().machine}-{digest([lock])[:16]}"
    if not folder.is_dir():
        part = Path(tempfile.mkdtemp(prefix="wheels.", dir=cache()))
        words = ["--disable-pip-version-check", "wheel", "--quiet", "--no-deps", "--require-hashes"]
        run([PYTHON, "-m", "pip", *words, "--wheel-dir", part, "-r", lock], remedy=_PIP)
        part.chmod(0o755)
        part.rename(folder)
    return sorted(folder.glob("*.whl"))


def _install(wheels: list[Path], to: Path) -> None:
    """By name and version: pip would write the builder's path of a named file into the package."""
    words = ["--disable-pip-version-check", "install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
    folders = [
        word for one in sorted({wheel.parent for wheel in wheels}) for word in ("--find-links", str(one))
    ]
    names = ["==".join(wheel.name.split("-")[:2]) for wheel in wheels]
    more = ["--no-warn-script-location", "--target", str(to)]
    # From these folders alone: what the machine's own configuration adds was not checked by the lock.
    alone = {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": ""}
    run([PYTHON, "-m", "pip", *words, *more, *folders, *names], remedy=_PIP, env=alone)
    # What others bring beside their modules: commands with the builder's paths in them, manuals, headers.
    # Our command is written by `lay_out`.
    for folder in ("bin", "include", "share"):
        shutil.rmtree(to / folder, ignore_errors=True)


def _completion(shell: str, packages: Path) -> str:
    words = ["-I", "-c", _COMPLETE, str(packages), shell]
    return run([PYTHON, *words], remedy="Report it: the completions cannot be made.")


def _python_version() -> str:
    told = run([PYTHON, "--version"], remedy="apt-get install python3").split()[-1]
    if not told.startswith(f"{SUPPORTED}."):
        raise Trouble(f"{PYTHON} is {told}, not {SUPPORTED}", "Build the package on Debian 13.")
    return told


def _write(file: Path, text: str, mode: int = 0o644) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)


def _link(place: Path, to: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(to)


def _copy(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)
