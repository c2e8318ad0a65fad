"""How many single-line faults do the tests find? Usage: python -m tests.mutation (docs/mutation.md)."""

from __future__ import annotations

import argparse
import json
import queue
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutation import page, results, tree
from tests.mutation.draw import COUNT, SEED, Mutant, draw
from tests.mutation.judges import Sources, judges
from tests.mutation.lane import Lane
from tests.mutation.lines import Lines
from tests.mutation.results import Result
from tests.peers.checkout import CHECKOUT

AT_ONCE = 2
REAL = Path(__file__).with_name("real.toml")


def main() -> int:
    """Draw, judge, tell. 0 even if mutants survive: the score is a measure."""
    options = _options()
    seed: int = options.seed
    if options.page:
        page.FILE.write_text(page.written(page.remembered(), page.reasons()), encoding="utf-8")
        return 0
    if options.told:
        print(results.table(results.last(seed)))
        return 0
    names = tree.files()
    before = {one.number: one for one in results.last(seed)}
    wanted = _wanted(options, seed, names, before)
    if options.draw:
        for number, mutant in wanted.items():
            print(
                f"{number:>3} {mutant.edit.operator:<10} {mutant.where}"
                f"\n      - {mutant.before}\n      + {mutant.after}"
            )
        return 0
    lines = Lines(tree.KEPT / "lines.sqlite")
    lines.bring(CHECKOUT)
    found = _judged(wanted, lines, Sources(CHECKOUT, names), rooms_only=options.rooms)
    partly = options.only or options.survivors
    kept = {**before, **{one.number: one for one in found}} if partly else {one.number: one for one in found}
    results.keep([kept[number] for number in sorted(kept)], seed)
    if options.label:
        page.remember(options.label, seed, list(kept.values()))
    print(
        json.dumps([results.as_json(one) for one in found], indent=1)
        if options.json
        else results.table(found)
    )
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument(
        "--only", type=int, action="append", metavar="K", help="try one mutant again, by its number"
    )
    parser.add_argument("--survivors", action="store_true", help="try again what survived the last time")
    parser.add_argument("--rooms", action="store_true", help="no real tests")
    parser.add_argument("--draw", action="store_true", help="show the mutants, try none")
    parser.add_argument("--told", action="store_true", help="show the last results of the seed, try none")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--label", help="keep this run's score for the page, under these words")
    parser.add_argument("--page", action="store_true", help="write docs/mutation.md from what is kept")
    return parser.parse_args()


def _wanted(
    options: argparse.Namespace, seed: int, names: list[str], before: dict[int, Result]
) -> dict[int, Mutant]:
    """The mutants to try by their numbers: those of a run that was kept, where they stand now."""
    if not (options.only or options.survivors):
        return dict(enumerate(draw(CHECKOUT, names, seed, options.count), 1))
    chosen = {
        number: result.mutant
        for number, result in before.items()
        if number in (options.only or ()) or (options.survivors and not result.killed)
    }
    return {
        number: mutant for number, one in chosen.items() if (mutant := one.found_in(CHECKOUT)) is not None
    }


def _judged(wanted: dict[int, Mutant], lines: Lines, sources: Sources, *, rooms_only: bool) -> list[Result]:
    """The verdicts, ordered by number; two mutants at a time, each in a copy of its own."""
    real: dict[str, list[str]] = tomllib.loads(REAL.read_text(encoding="utf-8")).get("judges", {})
    with tempfile.TemporaryDirectory(prefix="songhua-mutants-") as folder:
        free: queue.SimpleQueue[Lane] = queue.SimpleQueue()
        for number in range(AT_ONCE):
            free.put(Lane(Path(folder) / str(number)))

        def judged(number: int, mutant: Mutant) -> Result:
            first, rest = judges(mutant, lines, sources)
            also = () if rooms_only else real_judges(real, mutant.path)
            lane = free.get()
            try:
                result = Result(number, mutant, lane.judge(mutant, first, rest, also))
            finally:
                free.put(lane)
            print(
                f"{number:>3} {result.verdict.fate:<9} {mutant.where} {result.verdict.by}",
                file=sys.stderr,
                flush=True,
            )
            return result

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(judged, wanted.keys(), wanted.values()))


def real_judges(table: dict[str, list[str]], path: str) -> tuple[str, ...]:
    """The real tests of the first entry that begins this path."""
    return next((tuple(files) for prefix, files in table.items() if path.startswith(prefix)), ())


if __name__ == "__main__":
    raise SystemExit(main())
