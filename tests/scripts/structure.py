"""Measures the structure of the project at commits, and prints a table with a column for each.

    python -m tests.scripts.structure f759c04 HEAD
    python -m tests.scripts.structure --missing HEAD     public functions without a docstring
    python -m tests.scripts.structure --names HEAD       files that a field of a case is named in

The product is what stands in a package at the top level; `lab`, `tests` and `migrations` are not part of it.
"""

from __future__ import annotations

import argparse
import ast
import io
import subprocess
import tarfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import Final

from tests.peers.checkout import CHECKOUT

BESIDE: Final = frozenset({"lab", "tests", "migrations"})
FIELD: Final = "crossing"
"""A field of a case since the first version: drafted, edited by the agent, filed, shown on the desk."""
FINDS: Final = "cases/drafting/"
"""Here a field is found in a text: that is work of its own, not the way of a value."""
ASYNCIO_CALLS: Final = frozenset(
    {"connection_made", "connection_lost", "data_received", "datagram_received", "error_received",
     "get_buffer", "buffer_updated", "eof_received", "pause_writing", "resume_writing"}
)  # fmt: skip
GENERATED: Final = ("console/shared/contracts",)
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Tree:
    """The files of one commit, by path; binary ones are left out."""

    revision: str
    files: dict[str, str]

    @cached_property
    def rooms(self) -> list[str]:
        """Packages at the top level that belong to the product."""
        found = {path.split("/")[0] for path in self.files if path.endswith("/__init__.py")}
        return sorted(one for one in found if f"{one}/__init__.py" in self.files and one not in BESIDE)

    @cached_property
    def modules(self) -> dict[str, ast.Module]:
        """The product's Python, parsed."""
        return {
            path: ast.parse(text)
            for path, text in self.files.items()
            if path.endswith(".py") and path.split("/")[0] in self.rooms
        }

    def lines(self, *below: str, ends: tuple[str, ...] = (".py",)) -> int:
        """Lines of all files below one of these folders; of the whole tree when none is given."""
        return sum(
            text.count("\n")
            for path, text in self.files.items()
            if path.endswith(ends) and (not below or path.split("/")[0] in below)
        )

    def median_file(self) -> int:
        """Lines of the product's median Python file; empty files do not count."""
        lengths = [self.files[path].count("\n") for path in self.modules]
        return round(median([length for length in lengths if length]))

    @cached_property
    def classes(self) -> dict[str, set[str]]:
        """The files in which each class name of the product stands."""
        found: dict[str, set[str]] = defaultdict(set)
        for path, module in self.modules.items():
            for node in ast.walk(module):
                if isinstance(node, ast.ClassDef):
                    found[node.name].add(path)
        return found

    @cached_property
    def functions(self) -> dict[str, bool]:
        """Public functions and methods of the product as `path:line name`; whether each is documented: by a
        docstring of its own, of a base class, or of a protocol all of whose methods its class has.

        Not counted: names that begin with an underscore, overloads, setters, and what asyncio calls.
        """
        found: dict[str, bool] = {}
        for path, module in self.modules.items():
            for owner, function in _public(module):
                if function.name in ASYNCIO_CALLS:
                    continue
                told = ast.get_docstring(function) is not None or function.name in self._inherited(owner)
                found[f"{path}:{function.lineno} {function.name}"] = told
        return found

    @cached_property
    def _documented(self) -> dict[str, set[str]]:
        """By class: methods with a docstring. Of two classes of one name both count."""
        found: dict[str, set[str]] = defaultdict(set)
        for module in self.modules.values():
            for owner, function in _public(module):
                if owner is not None and ast.get_docstring(function):
                    found[owner.name].add(function.name)
        return found

    @cached_property
    def _protocols(self) -> list[tuple[str, set[str]]]:
        """Protocols, each with the names of its methods."""
        return [
            (node.name, names)
            for module in self.modules.values()
            for node in module.body
            if isinstance(node, ast.ClassDef) and "Protocol" in _bases(node) and (names := _methods(node))
        ]

    def _inherited(self, owner: ast.ClassDef | None) -> set[str]:
        """Methods of a class that a base class or a protocol documents."""
        if owner is None:
            return set()
        own = _methods(owner)
        above = {*_bases(owner), *(name for name, names in self._protocols if names <= own)} - {owner.name}
        return {name for one in above for name in self._documented.get(one, ())}

    def words(self, *below: str, tables: bool = True) -> int:
        """Words of Markdown pages, with or without tables; a run of Chinese characters counts as
        one.
        """
        return sum(
            len(line.split())
            for path, text in self.files.items()
            if path.endswith(".md") and path.startswith(below)
            for line in text.splitlines()
            if tables or not line.startswith("|")
        )

    def naming(self, field: str) -> list[str]:
        """Files of product and console that name a field, without what finds it in a text, generated files
        and tests.
        """
        found = []
        for path, text in self.files.items():
            part = path.split("/")[0]
            if part not in {*self.rooms, "console", "migrations"} or path.startswith((FINDS, *GENERATED)):
                continue
            if path.endswith((".py", ".ts", ".vue")) and ".test." not in path and _names(text, field):
                found.append(path)
        return sorted(found)


def tree(revision: str) -> Tree:
    """Raises `CalledProcessError` for a revision that git does not know."""
    packed = subprocess.run(
        ["git", "archive", revision], cwd=CHECKOUT, capture_output=True, check=True
    ).stdout
    files = {}
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None:
                text = content.read().decode(errors="replace")
                if "\0" not in text:
                    files[member.name] = text
    return Tree(revision, files)


def rows(trees: list[Tree]) -> Iterator[tuple[str, ...]]:
    """What is measured, then a value for each tree."""
    rooms = sorted({room for one in trees for room in one.rooms})
    for room in rooms:
        yield f"lines of `{room}/`", *(_number(one.lines(room)) for one in trees)
    yield "lines of the product (Python)", *(_number(one.lines(*one.rooms)) for one in trees)
    largest = [max(one.rooms, key=one.lines) for one in trees]
    yield (
        "largest room",
        *(
            f"`{room}/` {one.lines(room) / one.lines(*one.rooms):.0%}"
            for one, room in zip(trees, largest, strict=True)
        ),
    )
    yield "lines of the median file", *(str(one.median_file()) for one in trees)
    yield "lines of `lab/`", *(_number(one.lines("lab")) for one in trees)
    yield "lines of `console/`", *(_number(one.lines("console", ends=(".ts", ".vue"))) for one in trees)
    yield "lines of `tests/`", *(_number(one.lines("tests")) for one in trees)
    yield "lines of YAML", *(_number(one.lines(ends=(".yaml", ".yml"))) for one in trees)
    yield "class names of the product", *(_number(len(one.classes)) for one in trees)
    yield "of them in several files", *(_share(_several(one), len(one.classes)) for one in trees)
    yield "of them in several rooms", *(_share(_in_rooms(one), len(one.classes)) for one in trees)
    yield "public functions", *(_number(len(one.functions)) for one in trees)
    yield (
        "of them documented",
        *(_share(sum(one.functions.values()), len(one.functions)) for one in trees),
    )
    yield "words in `docs/`", *(_number(one.words("docs/")) for one in trees)
    yield "of them outside of tables", *(_number(one.words("docs/", tables=False)) for one in trees)
    yield "of them decisions", *(_number(one.words("docs/decisions/")) for one in trees)
    yield "words of the README", *(_number(one.words("README.md")) for one in trees)
    yield f"files that carry the field `{FIELD}`", *(str(len(one.naming(FIELD))) for one in trees)


def table(trees: list[Tree]) -> str:
    """The measurements as Markdown."""
    lines = ["| | " + " | ".join(f"`{one.revision}`" for one in trees) + " |"]
    lines.append("|---|" + "---:|" * len(trees))
    lines += [f"| {' | '.join(row)} |" for row in rows(trees)]
    return "\n".join(lines) + "\n"


def _public(module: ast.Module) -> Iterator[tuple[ast.ClassDef | None, Function]]:
    """Functions of the module and methods of its public classes, each with its class."""
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _counts(node):
            yield None, node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) and _counts(inner):
                    yield node, inner


def _counts(function: Function) -> bool:
    marks = {ast.unparse(one).rpartition(".")[2] for one in function.decorator_list}
    return not function.name.startswith("_") and not marks & {"overload", "setter"}


def _methods(owner: ast.ClassDef) -> set[str]:
    """Names of public methods, properties and annotated attributes."""
    found = {one.name for one in owner.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
    found |= {
        ast.unparse(one.target if isinstance(one, ast.AnnAssign) else one.targets[0])
        for one in owner.body
        if isinstance(one, ast.AnnAssign | ast.Assign)
    }
    # What a constructor sets on the object.
    for one in ast.walk(owner):
        if (
            isinstance(one, ast.Attribute)
            and isinstance(one.ctx, ast.Store)
            and ast.unparse(one.value) == "self"
        ):
            found.add(one.attr)
    return {name for name in found if not name.startswith("_")}


def _bases(owner: ast.ClassDef | None) -> list[str]:
    return [] if owner is None else [ast.unparse(base).partition("[")[0] for base in owner.bases]


def _names(text: str, field: str) -> bool:
    """Whether the field stands there as a word of its own."""
    at = text.find(field)
    while at >= 0:
        around = text[at - 1 : at] + text[at + len(field) : at + len(field) + 1]
        if not any(one.isalnum() or one == "_" for one in around):
            return True
        at = text.find(field, at + 1)
    return False


def _several(one: Tree) -> int:
    return sum(len(files) > 1 for files in one.classes.values())


def _in_rooms(one: Tree) -> int:
    return sum(len({path.split("/")[0] for path in files}) > 1 for files in one.classes.values())


def _number(value: int) -> str:
    return f"{value:,}"


def _share(part: int, whole: int) -> str:
    return f"{part:,} ({part / max(whole, 1):.1%})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("revisions", nargs="+", metavar="REV")
    parser.add_argument("--missing", action="store_true", help="list public functions without a docstring")
    parser.add_argument("--names", action="store_true", help=f"list the files that name {FIELD}")
    asked = parser.parse_args()
    trees = [tree(revision) for revision in asked.revisions]
    for one in trees if asked.missing or asked.names else ():
        found = one.naming(FIELD) if asked.names else [name for name, has in one.functions.items() if not has]
        print("\n".join(found))
    if not (asked.missing or asked.names):
        print(table(trees), end="")


if __name__ == "__main__":
    main()
