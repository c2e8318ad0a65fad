"""Which test files a change concerns: those that import, directly or through other modules, a module that
changed since the merge base; and those that lie beside changed data.

A file that is no Python module (a template, a catalogue, a page of the console) counts as a change of every
module in its folder. What lies in `core`, `requirements`, `pyproject.toml` or a `conftest.py` concerns all.
"""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from tests.peers.checkout import CHECKOUT

ROOTS: Final = (
    "core", "gateway", "hotline", "ivr", "speech", "cases", "cdr", "citizen", "field", "radio_bridge",
    "identity", "privacy", "runtime_settings", "sensing", "warning", "lab", "migrations", "scripts", "tests",
)  # fmt: skip
EVERYTHING: Final = ("core/", "requirements/", "pyproject.toml", "migrations/")
# Folders whose files are read by tests elsewhere, and where those are.
READ_BY: Final = {
    "asterisk-conf/": ("tests/asterisk_conf/", "tests/hotline/"),
    "docs/": ("tests/docs/", "tests/scripts/", "tests/gateway/", "tests/mqtt/"),
    "deploy/": ("tests/scripts/",),
    "setup.py": ("tests/scripts/",),
    "README.md": ("tests/docs/", "tests/scripts/"),
    "CONTRIBUTING.md": ("tests/docs/",),
    "SECURITY.md": ("tests/docs/",),
}
UPSTREAM: Final = ("origin/main", "origin/HEAD")


class NoBase(Exception):
    """There is nothing to compare the checkout with."""


def since(base: str | None, checkout: Path = CHECKOUT) -> list[str]:
    """Paths that differ from the merge base with `base` (or with the branch that was cloned), committed or
    not, and those that git does not know yet.
    """
    start = _merge_base(base, checkout)
    differ = _git(checkout, "diff", "--name-only", "--no-renames", start)
    unknown = _git(checkout, "ls-files", "--others", "--exclude-standard")
    return sorted({*differ.splitlines(), *unknown.splitlines()})


def concerned(paths: Iterable[str], checkout: Path = CHECKOUT) -> list[str]:
    """The test files that these paths concern, sorted."""
    paths = list(paths)
    modules = _modules(checkout)
    tests = [file for file in modules if _is_test(file)]
    if any(path.startswith(EVERYTHING) or path.endswith("conftest.py") for path in paths):
        return sorted(tests)
    touched = {file for path in paths for file in _touched(path, modules)}
    importers = _importers(modules)
    reached = set(touched)
    ahead = list(touched)
    while ahead:
        for importer in importers.get(ahead.pop(), ()):
            if importer not in reached:
                reached.add(importer)
                ahead.append(importer)
    beside = {
        test for path in paths for start, folders in READ_BY.items() if path.startswith(start)
        for test in tests if test.startswith(folders)
    }  # fmt: skip
    return sorted(beside | {test for test in tests if test in reached})


def _touched(path: str, modules: Mapping[str, frozenset[str]]) -> list[str]:
    if path.endswith(".py"):
        return [path] if path in modules else []
    folder = str(PurePosixPath(path).parent)
    while folder != ".":
        if inside := [file for file in modules if str(PurePosixPath(file).parent) == folder]:
            return inside
        folder = str(PurePosixPath(folder).parent)
    return []


def _is_test(file: str) -> bool:
    return file.startswith("tests/") and PurePosixPath(file).name.startswith("test_")


def _modules(checkout: Path) -> dict[str, frozenset[str]]:
    """Each Python file of the checkout with the dotted names that it imports."""
    found = {}
    for root in ROOTS:
        for file in (checkout / root).rglob("*.py"):
            found[file.relative_to(checkout).as_posix()] = _imports(file)
    return found


def _imports(file: Path) -> frozenset[str]:
    """Names of modules, and of what is taken out of them: that may be a module, too."""
    names: set[str] = set()
    try:
        tree = ast.parse(file.read_bytes())
    except SyntaxError:
        return frozenset()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
            names.update(f"{node.module}.{one.name}" for one in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and ":" in node.value:
            # The command line names the module of each subject as `gateway.commands.db:app`.
            names.add(node.value.partition(":")[0])
    return frozenset(names)


def _conftests(test: str, modules: Mapping[str, frozenset[str]]) -> list[str]:
    """Those of its folder and above, but for the uppermost one: a change of that concerns all tests anyway,
    and what it imports is for fixtures of real peers.
    """
    above = [str(folder / "conftest.py") for folder in PurePosixPath(test).parents]
    return [file for file in above if file in modules and file != "tests/conftest.py"]


def _importers(modules: Mapping[str, frozenset[str]]) -> dict[str, set[str]]:
    """For each file, those that import it."""
    importers: dict[str, set[str]] = {}
    for file, names in modules.items():
        if _is_test(file):
            for conftest in _conftests(file, modules):
                importers.setdefault(conftest, set()).add(file)
        for name in names:
            base = name.replace(".", "/")
            for target in (f"{base}.py", f"{base}/__init__.py"):
                if target in modules:
                    importers.setdefault(target, set()).add(file)
    return importers


def _merge_base(base: str | None, checkout: Path) -> str:
    for name in (base,) if base else UPSTREAM:
        try:
            return _git(checkout, "merge-base", "HEAD", name).strip()
        except subprocess.CalledProcessError:
            continue
    if base:
        raise NoBase(f"git knows no {base}: give a branch or commit with --base")
    raise NoBase("there is no origin/main to compare with: name a branch or commit with --base")


def _git(checkout: Path, *words: str) -> str:
    return subprocess.run(
        ["git", "-C", str(checkout), *words], capture_output=True, text=True, check=True
    ).stdout
