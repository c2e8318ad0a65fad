"""Unknown sections and keys, with the nearest known one. Also in sections that would take them silently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.settings_check.model import KeyPath, Mistake
from gateway.settings_check.model_fields import every_key, known_keys, nearest, sections_at


def unknown_keys(told: Mapping[str, Any]) -> Iterator[Mistake]:
    """A typing error in a key would otherwise leave the default in force."""
    yield from _of(told, ())


def _of(here: Any, path: KeyPath) -> Iterator[Mistake]:
    if isinstance(here, list | tuple):
        for number, one in enumerate(here):
            yield from _of(one, (*path, number))
        return
    if not isinstance(here, Mapping):
        return
    models = sections_at(path)
    known = [key for model in models for key in known_keys(model)]
    for name, inner in here.items():
        if known and name not in known:
            yield _unknown((*path, name), known, is_section=isinstance(inner, Mapping))
        else:
            yield from _of(inner, (*path, name))


def _unknown(path: KeyPath, known: list[str], *, is_section: bool) -> Mistake:
    name = str(path[-1])
    what = "there is no such section" if is_section else "there is no such key"
    meant = nearest(name, known)
    if meant:
        return Mistake(path, what, f"did you mean {meant}?")
    elsewhere = [key for key in every_key() if key.endswith(f".{name}")]
    if elsewhere:
        return Mistake(path, what, f"it belongs elsewhere: {', '.join(elsewhere[:3])}")
    return Mistake(path, what, f"take it out; here are: {', '.join(known[:40])}")
