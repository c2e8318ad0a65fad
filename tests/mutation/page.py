"""docs/mutation.md: how the score is measured, what it was, and why each survivor lives."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any, Final

from tests.mutation import results, undrawn
from tests.mutation.results import Result
from tests.mutation.tree import ROOMS
from tests.peers.checkout import CHECKOUT

FILE: Final = CHECKOUT / "docs" / "mutation.md"
SCORES: Final = Path(__file__).with_name("scores.jsonl")
REASONS: Final = Path(__file__).with_name("survivors.toml")
TEXT: Final = Path(__file__).with_name("page.md")


def remember(label: str, seed: int, found: list[Result], file: Path = SCORES) -> None:
    """Keep a run's score and its survivors under these words, in place of what they stood for before."""
    line = {
        "label": label,
        "seed": seed,
        "score": results.score(found),
        "survivors": [_named(one) for one in found if not one.killed],
    }
    others = [one for one in remembered(file) if one["label"] != label]
    text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in (*others, line))
    file.write_text(text, encoding="utf-8")


def remembered(file: Path = SCORES) -> list[dict[str, Any]]:
    """Each run that was kept, the first one first."""
    if not file.is_file():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def written(runs: list[dict[str, Any]], reasons: dict[str, str]) -> str:
    """The page."""
    left_alone = (undrawn.__doc__ or "").split("\n\n", 1)[1].strip()
    return TEXT.read_text(encoding="utf-8").format(
        left_alone=left_alone, scores=_scores(runs), survivors=_survivors(runs[-1:], reasons)
    )


def reasons(file: Path = REASONS) -> dict[str, str]:
    """Why a mutant survives: by its file, the line before and the line after."""
    if not file.is_file():
        return {}
    listed = tomllib.loads(file.read_text(encoding="utf-8")).get("survivor", [])
    return {f"{one['path']}\n{one['before']}\n{one['after']}": one["why"] for one in listed}


def _named(one: Result) -> dict[str, Any]:
    mutant = one.mutant
    return {
        "path": mutant.path,
        "line": mutant.edit.line,
        "operator": mutant.edit.operator,
        "before": mutant.before,
        "after": mutant.after,
        "fate": one.verdict.fate,
    }


def _scores(runs: list[dict[str, Any]]) -> str:
    head = ["room", *(f"{run['label']} (seed {run['seed']})" for run in runs)]
    rows = [[room, *(_share(run, room) for run in runs)] for room in (*ROOMS, "all")]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---", *("--:" for _ in runs)], *rows))


def _share(run: dict[str, Any], room: str) -> str:
    killed, tried = run["score"].get(room, (0, 0))
    of = f"{killed} of {tried}"
    return f"{of}, {killed / tried:.1%}" if room == "all" and tried else of


def _survivors(runs: list[dict[str, Any]], why: dict[str, str]) -> str:
    out: list[str] = []
    for run in runs:
        out.append(f"### {run['label']}, seed {run['seed']}\n")
        for one in run["survivors"]:
            reason = why.get(f"{one['path']}\n{one['before']}\n{one['after']}", "not looked at")
            change = f"`{one['before']}` → `{one['after']}`"
            out.append(f"- {one['path']}:{one['line']} ({one['fate']}): {change}. {reason}")
        out.append("")
    return "\n".join(out)
