"""The classifiers that drafting uses: patterns of words, and two that were trained."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np

from cases.catalogue.model import Catalogue
from cases.catalogue.words import LANGUAGES, DraftingWords, Language
from cases.drafting.classify.encoder import SIZE, Encoder
from cases.drafting.classify.features import WORDINGS, Wording
from cases.drafting.classify.meaning import MeaningScores
from cases.drafting.classify.port import Classifier
from cases.drafting.classify.scores import Averaged, Scores
from cases.drafting.classify.trained import Trained
from cases.drafting.classify.weights import Weights, unlined
from cases.drafting.classify.wordings import WordingScores
from cases.drafting.problems import ProblemFinder
from cases.errors import BrokenTable

DATA = Path(__file__).parent / "data"
LETTERS, MEANING, ENCODER = "letters.npz", "meaning.npz", "encoder.npz"
WHOLE = "whole.npz"


def load_classifiers(
    words: DraftingWords, catalogue: Catalogue, folder: Path = DATA
) -> tuple[Classifier, ...]:
    """Raises `BrokenTable` when weights are broken or for other classes than the catalogue's."""
    return (ProblemFinder(words), *trained(catalogue, folder))


def trained(catalogue: Catalogue, folder: Path) -> tuple[Classifier, ...]:
    """The classifiers whose weights lie in the folder. Raises `BrokenTable` for another catalogue's."""
    if folder == DATA:
        weights, classifiers = _shipped()
        for one in weights:
            _checked(one, catalogue)
        return classifiers
    letters = _checked(Weights.read(folder / LETTERS, kind="letters"), catalogue)
    return _both(letters, _checked(Weights.read(folder / MEANING, kind="meaning"), catalogue))


def load_whole(catalogue: Catalogue, folder: Path = DATA) -> Mapping[Language, Scores]:
    """The classifier of whole calls. Raises `BrokenTable` as `load_classifiers` does."""
    weights = _checked(Weights.read(folder / WHOLE, kind="meaning"), catalogue)
    return {language: MeaningScores(weights, load_encoder(), language) for language in LANGUAGES}


@lru_cache(maxsize=1)
def load_encoder() -> Encoder:
    """What clauses mean; the same for every training. Raises `BrokenTable` when its weights are broken."""
    return Encoder(Weights.read(DATA / ENCODER, kind="encoder"))


@lru_cache(maxsize=4)
def load_averaged(folder: Path) -> dict[Language, Averaged]:
    """Both trained classifiers of a folder as one. Raises `BrokenTable` when the weights are broken."""
    letters = _whole(Weights.read(folder / LETTERS, kind="letters"))
    return averaged(letters, _whole(Weights.read(folder / MEANING, kind="meaning")), load_encoder())


@lru_cache(maxsize=4)
def load_wordings(path: Path, wording: Wording = "letters") -> dict[Language, WordingScores]:
    """One classifier of wordings by itself. Raises `BrokenTable` when the weights are broken."""
    weights = _whole(Weights.read(path, kind=wording))
    return {language: WordingScores(weights, language) for language in LANGUAGES}


def averaged(letters: Weights, meaning: Weights, encoder: Encoder) -> dict[Language, Averaged]:
    """For each language, the mean of what letters and meaning say."""
    return {
        language: Averaged((WordingScores(letters, language), MeaningScores(meaning, encoder, language)))
        for language in LANGUAGES
    }


def _both(letters: Weights, meaning: Weights) -> tuple[Classifier, ...]:
    encoder = load_encoder()
    return (
        Trained("letters", {language: WordingScores(letters, language) for language in LANGUAGES}),
        Trained("meaning", {language: MeaningScores(meaning, encoder, language) for language in LANGUAGES}),
    )


@lru_cache(maxsize=1)
def _shipped() -> tuple[tuple[Weights, Weights], tuple[Classifier, ...]]:
    """Those that come with the program, read once: they know nothing of who asks."""
    letters = _whole(Weights.read(DATA / LETTERS, kind="letters"))
    meaning = _whole(Weights.read(DATA / MEANING, kind="meaning"))
    return (letters, meaning), _both(letters, meaning)


def _checked(weights: Weights, catalogue: Catalogue) -> Weights:
    origin = _whole(weights).origin
    known = {code for language in LANGUAGES for code in unlined(weights.arrays[f"{language}_codes"])}
    strange = sorted(known - set(catalogue.rows) - {""})
    if (origin.scheme, origin.scheme_version) != (catalogue.scheme, catalogue.version) or strange:
        raise BrokenTable(
            f"{origin.kind}: trained for {origin.scheme}@{origin.scheme_version}, not {catalogue.standard}",
            remedy="train anew: songhua cases retrain",
        )
    return weights


def _whole(weights: Weights) -> Weights:
    kind = weights.origin.kind
    try:
        fits = all(_fits(weights, language) for language in LANGUAGES)
    except (KeyError, TypeError, UnicodeDecodeError) as error:
        raise BrokenTable(f"{kind}: a part of the weights is missing or no text: {error}") from error
    if not fits:
        raise BrokenTable(f"{kind}: the parts of the weights do not belong together")
    return weights


def _fits(weights: Weights, language: Language) -> bool:
    """True when every class has its column, every piece its row, and every number is one."""
    arrays = weights.arrays
    classes = len(unlined(arrays[f"{language}_codes"]))
    table, biases = arrays[f"{language}_weights"], arrays[f"{language}_biases"]
    numbers = [biases]
    rows = None
    if weights.origin.kind in WORDINGS:
        rows = len(unlined(arrays[f"{language}_pieces"]))
        numbers += [arrays[f"{language}_rare"], arrays[f"{language}_scales"]]
        if any(one.shape != (rows,) for one in numbers[1:]) or table.dtype != np.int8:
            return False
    elif table.shape[0] == SIZE:
        numbers.append(table)
    else:  # of the encoder of another time
        return False
    shaped = table.ndim == 2 and table.shape[1] == classes and biases.shape == (classes,)
    return (
        shaped
        and rows in {None, table.shape[0]}
        and all(one.dtype.kind == "f" and bool(np.isfinite(one).all()) for one in numbers)
    )
