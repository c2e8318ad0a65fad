"""Writes the calls that an operator's retraining learns from: `python -m lab.training.export_calls`.

Of the calls that may be learned from each of the citizen's segments, with the words that tell of the class
and of the place. What only the lab learns (danger, why he calls) stays in the corpora.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cases.catalogue import load_catalogues
from cases.catalogue.lines import generation
from cases.drafting.invented_calls import TABLE
from lab.corpora import lines
from lab.training.calls import LabelledCall, labelled, learned_from

LEFT_OUT: Any = {"number": True, "urgent": True, "intent": True, "said": {"__all__": {"danger", "intent"}}}


def table(calls: Iterable[LabelledCall]) -> str:
    rows = (one.model_dump(exclude=LEFT_OUT, exclude_defaults=True) for one in calls if one.codes is not None)
    return lines.written([generation(load_catalogues().default), *rows])


def main() -> None:
    TABLE.write_text(table(labelled(learned_from())), encoding="utf-8")


if __name__ == "__main__":
    main()
