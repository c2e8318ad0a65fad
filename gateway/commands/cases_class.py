"""A class of the catalogue as people write it on the command line."""

from __future__ import annotations

from cases.catalogue import load_catalogues
from cases.catalogue.model import Category
from cases.errors import NoSuchCategory


def class_of(text: str) -> Category:
    """`E0505`, `gbt30428.2/E0505` or `gbt30428.2@2013/E0505`. Raises `NoSuchCategory`."""
    catalogues = load_catalogues()
    if "/" in text:
        return catalogues.by_ref(text if "@" in text else _with_version(text))
    found = catalogues.default.get(text.upper())
    if found is None:
        raise NoSuchCategory(
            f"no class {text!r} in {catalogues.default.scheme}", remedy="write a code as E0505", ref=text[:80]
        )
    return found


def _with_version(text: str) -> str:
    scheme, _, code = text.partition("/")
    for one in load_catalogues().all():
        if one.scheme == scheme:
            return f"{scheme}@{one.version}/{code}"
    return text
