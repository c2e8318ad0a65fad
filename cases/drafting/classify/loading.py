"""The classifiers that drafting uses: patterns of words, and two that were trained."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from cases.catalogue.common import CommonWords
from cases.catalogue.model import Catalogue
from cases.catalogue.words import LANGUAGES, Language, Words
from cases.drafting.classify.letters import LetterScores
from cases.drafting.classify.meaning import Meanings, MeaningScores
from cases.drafting.classify.port import Classifier
from cases.drafting.classify.trained import Trained
from cases.drafting.classify.weights import Weights, unlined
from cases.drafting.problems import ProblemFinder
from cases.errors import BrokenTable

DATA = Path(__file__).parent / "data"
LETTERS, MEANING, MEANINGS = "letters.npz", "meaning.npz", "meanings.npz"


def load_classifiers(words: Words, catalogue: Catalogue, folder: Path = DATA) -> tuple[Classifier, ...]:
    """Raises `BrokenTable` when weights are broken or for other classes than the catalogue's."""
    return (ProblemFinder(words), *trained(words.common, catalogue, folder))


def trained(common: CommonWords, catalogue: Catalogue, folder: Path) -> tuple[Classifier, ...]:
    letters = _checked(Weights.read(folder / LETTERS, kind="letters"), catalogue)
    meaning = _checked(Weights.read(folder / MEANING, kind="meaning"), catalogue)
    means = load_meanings(common)
    return (
        Trained("letters", {language: LetterScores(letters, language) for language in LANGUAGES}),
        Trained(
            "meaning", {language: MeaningScores(meaning, means[language], language) for language in LANGUAGES}
        ),
    )


@lru_cache(maxsize=2)
def load_meanings(common: CommonWords) -> dict[Language, Meanings]:
    """What single words mean; the same for every training."""
    vectors = Weights.read(DATA / MEANINGS, kind="meanings")
    return {language: Meanings(vectors, language, common) for language in LANGUAGES}


def _checked(weights: Weights, catalogue: Catalogue) -> Weights:
    origin = weights.origin
    known = {
        code for name in weights.arrays if name.endswith("_codes") for code in unlined(weights.arrays[name])
    }
    strange = sorted(known - set(catalogue.rows) - {""})
    if (origin.scheme, origin.scheme_version) != (catalogue.scheme, catalogue.version) or strange:
        raise BrokenTable(
            f"{origin.kind}: trained for {origin.scheme}@{origin.scheme_version}, not {catalogue.standard}",
            remedy="train anew: python -m cases.drafting.classify.make",
        )
    return weights
