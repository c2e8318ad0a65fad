"""Writes the weights of both rankings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cases.catalogue import load_catalogues
from cases.drafting.classify.loading import DATA
from cases.drafting.classify.ranking import CLASS_NUMBERS, KIND, RANKING, load_ranking
from cases.drafting.classify.weights import FORM, Weights, WeightsOrigin, lines
from cases.drafting.intents import ranking as intents
from cases.drafting.intents.call import INTENTS, NUMBERS
from cases.drafting.intents.chances import DATA as INTENTS_DATA
from cases.errors import BrokenTable
from lab.corpora.calls import digest

Numbers = NDArray[np.float64]


def at_hand() -> None:
    """Drafting asks for weights; where those that are there are for other numbers, all are 0 until they are
    learned.
    """
    try:
        load_ranking(DATA)
        intents.load_intent_ranking(INTENTS_DATA)
    except BrokenTable:
        written(np.zeros(len(CLASS_NUMBERS)), np.zeros(len(NUMBERS)), (), "not at all")
        written_intents(np.zeros((len(NUMBERS), len(INTENTS))), (), "not at all")


def written(of_class: Numbers, of_call: Numbers, sets: Sequence[str], how: str) -> tuple[str, Path]:
    """The SHA-256 and the file."""
    arrays: dict[str, NDArray[Any]] = {
        "names": lines([*CLASS_NUMBERS, *NUMBERS]),
        "of_class": of_class.astype(np.float32), "of_call": of_call.astype(np.float32),
    }  # fmt: skip
    return Weights(_origin(KIND, sets, how), arrays).write(DATA / RANKING), DATA / RANKING


def written_intents(weights: Numbers, sets: Sequence[str], how: str) -> tuple[str, Path]:
    """The SHA-256 and the file."""
    arrays: dict[str, NDArray[Any]] = {"names": lines(list(NUMBERS)), "weights": weights.astype(np.float32)}
    path = INTENTS_DATA / intents.RANKING
    return Weights(_origin(intents.KIND, sets, how), arrays).write(path), path


def _origin(kind: str, sets: Sequence[str], how: str) -> WeightsOrigin:
    catalogue = load_catalogues().default
    calls = {name: digest(name) for name in sets}
    return WeightsOrigin(
        form=FORM, kind=kind, version="1", scheme=catalogue.scheme, scheme_version=catalogue.version,
        trained_on=calls, how=how,
    )  # fmt: skip
