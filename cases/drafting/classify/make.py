"""Trains the shipped classifiers from the catalogue's sentences: `python -m cases.drafting.classify.make`."""

from __future__ import annotations

import sys
from pathlib import Path

from cases.catalogue.loading import load_catalogues, load_words
from cases.drafting.classify.loading import DATA, LETTERS, MEANING, load_meanings
from cases.drafting.classify.training import shipped, trained_letters, trained_meaning

VERSION = "1"


def main(folder: Path = DATA) -> None:
    """About half a minute and 300 MB. Prints each file with its SHA-256."""
    catalogue, words = load_catalogues().default, load_words()
    sentences = shipped(catalogue)
    letters = trained_letters(sentences, catalogue, version=VERSION)
    meaning = trained_meaning(sentences, catalogue, load_meanings(words.common), version=VERSION)
    for name, weights in ((LETTERS, letters), (MEANING, meaning)):
        sys.stdout.write(f"{weights.write(folder / name)}  {folder / name}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA)
