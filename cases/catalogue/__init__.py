"""The classes of what may be reported, as data; the words in which callers speak of them; time limits."""

from cases.catalogue.loading import load_catalogues, load_words
from cases.catalogue.model import Catalogue, Catalogues, Category
from cases.catalogue.words import DraftingWords

__all__ = ["Catalogue", "Catalogues", "Category", "DraftingWords", "load_catalogues", "load_words"]
