"""Which mutants are tried: lines drawn from all rooms by a seed, one fault for each.

A line's rank comes from the seed, its file and its text: what is edited elsewhere does not change it.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from pathlib import Path

from tests.mutation.operators import Edit, edits
from tests.mutation.tree import ROOMS

SEED = 20261130
COUNT = 120
LEAST = 8


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault in one line of the product."""

    path: str
    edit: Edit
    before: str
    after: str

    @property
    def room(self) -> str:
        """The folder that the line is in."""
        return self.path.split("/")[0]

    @property
    def where(self) -> str:
        """File and line."""
        return f"{self.path}:{self.edit.line}"

    def found_in(self, root: Path) -> Mutant | None:
        """The same fault in the file as it is now; None where its line is gone."""
        file = root / self.path
        source = file.read_text(encoding="utf-8") if file.is_file() else ""
        same = [
            made for edit in edits(source) if (made := _made(self.path, source, edit)) and made.is_as(self)
        ]
        return min(same, key=lambda one: abs(one.edit.line - self.edit.line), default=None)

    def is_as(self, other: Mutant) -> bool:
        """Whether it does the same to the same text."""
        return (self.before, self.after) == (other.before, other.after)


@dataclass(frozen=True, slots=True)
class _Line:
    rank: str
    path: str
    faults: tuple[Edit, ...]


def draw(root: Path, names: list[str], seed: int = SEED, count: int = COUNT) -> list[Mutant]:
    """So many mutants of the product's files among `names`, ordered by file and line."""
    of_room = {
        room: sorted(_lines(root, (one for one in names if one.startswith(f"{room}/")), seed), key=_rank)
        for room in ROOMS
    }
    chosen: list[Mutant] = []
    for room, most in shares({room: len(lines) for room, lines in of_room.items()}, count).items():
        found = (mutant for line in of_room[room] if (mutant := _mutant(root, line)) is not None)
        chosen += [mutant for mutant, _ in zip(found, range(most), strict=False)]
    return sorted(chosen, key=lambda one: (one.path, one.edit))


def shares(sizes: Mapping[str, int], count: int, least: int = LEAST) -> dict[str, int]:
    """How many of `count` each room gets: `least`, and of the rest by size, as seats are given (D'Hondt)."""
    given = {room: min(least, size) for room, size in sizes.items()}
    seats = dict.fromkeys(sizes, 0)
    while sum(given.values()) < count:
        open_to = [room for room in sizes if given[room] < sizes[room]]
        if not open_to:
            break
        room = max(open_to, key=lambda one: sizes[one] / (seats[one] + 1))
        seats[room] += 1
        given[room] += 1
    return given


def _rank(line: _Line) -> str:
    return line.rank


def _lines(root: Path, names: Iterator[str], seed: int) -> Iterator[_Line]:
    for name in names:
        if not name.endswith(".py"):
            continue
        source = (root / name).read_text(encoding="utf-8")
        lines = source.split("\n")
        seen: Counter[str] = Counter()
        for number, faults in groupby(edits(source), key=lambda one: one.line):
            text = lines[number - 1].strip()
            seen[text] += 1
            rank = sha256(f"{seed}|{name}|{text}|{seen[text]}".encode()).hexdigest()
            yield _Line(rank, name, tuple(faults))


def _mutant(root: Path, line: _Line) -> Mutant | None:
    """The line's fault: first the operator is drawn, then the place. None where no fault of it parses."""
    source = (root / line.path).read_text(encoding="utf-8")
    lot = int(line.rank[-16:], 16)
    operators = sorted({one.operator for one in line.faults})
    operator = operators[lot % len(operators)]
    fitting = [one for one in line.faults if one.operator == operator]
    first = lot // len(operators) % len(fitting)
    return next(
        (made for fault in (*fitting[first:], *fitting[:first]) if (made := _made(line.path, source, fault))),
        None,
    )


def _made(path: str, source: str, fault: Edit) -> Mutant | None:
    changed = fault.applied(source)
    try:
        ast.parse(changed)
    except SyntaxError:
        return None
    at = fault.line - 1
    return Mutant(path, fault, source.split("\n")[at].strip(), changed.split("\n")[at].strip())
