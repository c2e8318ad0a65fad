"""What became of the mutants of a run: kept as JSON, told as a table."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.mutation.draw import Mutant
from tests.mutation.lane import Verdict
from tests.mutation.operators import Edit
from tests.mutation.tree import KEPT, ROOMS


@dataclass(frozen=True, slots=True)
class Result:
    """A mutant and its verdict; `number` is its place in the draw, from 1."""

    number: int
    mutant: Mutant
    verdict: Verdict

    @property
    def killed(self) -> bool:
        """Whether a test failed, or took too long, only with the mutant."""
        return self.verdict.fate == "killed"


def file_of(seed: int, folder: Path = KEPT) -> Path:
    """Where the last results of a seed are kept."""
    return folder / f"results-{seed}.json"


def keep(results: list[Result], seed: int, folder: Path = KEPT) -> None:
    """Write them, so that `--survivors` and `--page` find them."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps([as_json(one) for one in results], ensure_ascii=False, indent=1)
    file_of(seed, folder).write_text(text, encoding="utf-8")


def last(seed: int, folder: Path = KEPT) -> list[Result]:
    """The last results of a seed; none if it was never run."""
    file = file_of(seed, folder)
    if not file.is_file():
        return []
    return [_from_json(one) for one in json.loads(file.read_text(encoding="utf-8"))]


def as_json(result: Result) -> dict[str, Any]:
    """One result, for programs."""
    mutant = result.mutant
    return {
        "number": result.number,
        "path": mutant.path,
        "before": mutant.before,
        "after": mutant.after,
        "edit": asdict(mutant.edit),
        "verdict": asdict(result.verdict),
    }


def _from_json(one: dict[str, Any]) -> Result:
    mutant = Mutant(one["path"], Edit(**one["edit"]), one["before"], one["after"])
    return Result(one["number"], mutant, Verdict(**one["verdict"]))


def table(results: list[Result]) -> str:
    """The mutants, a paragraph each, those that no test noticed last; then the score."""
    lines: list[str] = []
    for one in sorted(results, key=lambda one: (not one.killed, one.number)):
        mutant, verdict = one.mutant, one.verdict
        by = f" by {verdict.by}" if verdict.by else f" ({verdict.judges} judged)"
        lines.append(f"{one.number:>3} {verdict.fate:<9} {mutant.edit.operator:<10} {mutant.where}{by}")
        if not one.killed:
            lines += [f"      - {mutant.before}", f"      + {mutant.after}"]
    for room, (killed, tried) in score(results).items():
        lines.append(f"{room:<14} {killed:>3} of {tried:>3}  {killed / tried:.0%}")
    return "\n".join(lines)


def score(results: list[Result]) -> dict[str, tuple[int, int]]:
    """Killed and tried, for each room and for `all`."""
    tried = Counter(one.mutant.room for one in results)
    killed = Counter(one.mutant.room for one in results if one.killed)
    rooms = {room: (killed[room], tried[room]) for room in ROOMS if tried[room]}
    return {**rooms, "all": (killed.total(), tried.total())} if rooms else {}
