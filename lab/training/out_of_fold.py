"""What drafting makes of the calls that may be read, by classifiers that know neither them nor their writers.

    python -m lab.training.out_of_fold [--again]

The shipped classifiers know these calls, and what they say of them flatters. So others are trained, each
without a third of the sets, and asked about that third. Their drafts stand under `.songhua/lab`; the
rankings are learned from them, and `python -m lab.judging.sets --out-of-fold` prints what they are
worth. It takes a quarter of an hour on two cores. `--again` trains nothing: the same classifiers draft anew,
by the rules of now, in some minutes.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from multiprocessing import get_context
from pathlib import Path
from time import monotonic

import numpy as np

from cases.catalogue import load_catalogues, load_words
from cases.drafting import Draft
from cases.drafting.classify.loading import load_classifiers, load_encoder, load_whole
from cases.drafting.classify.regression import Floats
from cases.drafting.classify.training import Reader
from cases.drafting.danger import DangerFinder
from cases.drafting.danger.chances import load_chances
from cases.drafting.drafter import Drafter
from cases.drafting.intents import IntentFinder
from cases.drafting.intents.chances import load_intents
from cases.drafting.urgency import UrgencyFinder
from cases.drafting.urgency.chances import load_urgency
from cases.gazetteer import load_gazetteer
from lab.corpora.calls import OPEN, Report, open_sets
from lab.corpora.reports import reports
from lab.judging.conversation import drafted, segments
from lab.judging.pauses import cut
from lab.paths import HOME
from lab.training import classifiers
from lab.training.calls import labelled
from lab.training.ranking_weights import at_hand

FOLDER = HOME / "lab"
WHOLE, CUT = "{}.jsonl", "{}-cut.jsonl"
FOLDS = 3
KNOWN = ("dev",)
"""Always learned from: its writer wrote much of the training, so its chances would flatter anyhow."""
SHORT = ("open", "held", "fresh", "later", "unseen", "dangers", "dangers-further")
"""Reports in one breath, of the author of the rules: what is told plainly is to fill its class, too."""


def asked() -> tuple[str, ...]:
    """The sets whose calls are learned from, in the order in which they came to be read."""
    return tuple(name for name in open_sets() if name not in (*KNOWN, *OPEN))


def drafts(name: str, *, pauses: bool = False) -> list[Draft]:
    """What was made of the calls of one set, or of the `short` reports; with `pauses`, as the voice gate may
    cut them. Raises `FileNotFoundError`.
    """
    lines = (FOLDER / (CUT if pauses else WHOLE).format(name)).read_text(encoding="utf-8").splitlines()
    return [Draft.model_validate_json(line) for line in lines]


@lru_cache(maxsize=1)
def short() -> tuple[Report, ...]:
    return tuple(report for name in SHORT for report in reports(name))


class _Remembering:
    """The encoder, which reads each clause once in all trainings of one process."""

    def __init__(self, inner: Reader) -> None:
        self._inner = inner
        self._known: dict[str, Floats] = {}

    def many(self, clauses: Sequence[str]) -> Floats:
        new = [one for one in dict.fromkeys(clauses) if one not in self._known]
        self._known |= dict(zip(new, self._inner.many(new), strict=True))
        return np.array([self._known[one] for one in clauses], dtype=np.float32)


def _train(names: Sequence[str], folder: Path) -> None:
    """Writes classifiers that know these sets and no others."""
    every = open_sets()
    calls = labelled([every[name] for name in names])
    encoder = _Remembering(load_encoder())
    for name in classifiers.KINDS:
        began = monotonic()
        classifiers.write(classifiers.kind(name, calls), folder / name, encoder)
        sys.stdout.write(f"{folder / name}: {monotonic() - began:.0f} s\n")
        sys.stdout.flush()


def _drafter(folder: Path) -> Drafter:
    words, catalogue = load_words(), load_catalogues().default
    return Drafter(
        words=words,
        catalogue=catalogue,
        gazetteer=load_gazetteer(),
        classifiers=load_classifiers(words, catalogue, folder / "category"),
        whole=load_whole(catalogue, folder / "category"),
        danger=DangerFinder(words, load_chances(folder / "danger")),
        intents=IntentFinder(words, load_intents(folder / "intent")),
        urgency=UrgencyFinder(words, load_urgency(folder / "urgency")),
    )


def _made(fold: int, *, again: bool) -> str:
    """Drafts of one fold's sets; those of the first also of the short reports."""
    began = monotonic()
    names = asked()
    mine = names[fold::FOLDS]
    folder = FOLDER / f"without-{fold}"
    if not again:
        _train([*KNOWN, *(one for one in names if one not in mine)], folder)
    trained = monotonic() - began
    drafter = _drafter(folder)
    wanted: Mapping[str, Sequence[Report]] = {name: open_sets()[name].reports for name in mine}
    if fold == 0:
        wanted = {**wanted, "short": short()}
    for name, every in wanted.items():
        for file, spoken in ((WHOLE, segments), (CUT, cut)):
            lines = "".join(drafted(spoken(report), drafter).model_dump_json() + "\n" for report in every)
            (FOLDER / file.format(name)).write_text(lines, encoding="utf-8")
    return f"without {' '.join(mine)}: trained in {trained:.0f} s, {monotonic() - began:.0f} s in all"


def _folds(*, again: bool) -> Iterator[str]:
    cores = len(os.sched_getaffinity(0))
    os.environ["OPENBLAS_NUM_THREADS"] = str(max(1, cores // FOLDS))
    with ProcessPoolExecutor(min(FOLDS, cores), mp_context=get_context("spawn")) as pool:
        yield from pool.map(partial(_made, again=again), range(FOLDS))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--again", action="store_true")
    again = parser.parse_args().again
    FOLDER.mkdir(parents=True, exist_ok=True)
    at_hand()
    for line in _folds(again=again):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
