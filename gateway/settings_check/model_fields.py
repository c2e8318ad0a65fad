"""The field of the settings that a path leads to, and the names that are known there. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gateway.secret_sources import FILE, is_secret, sections_of
from gateway.settings import Settings
from gateway.settings_check.model import KeyPath


def known_keys(model: type[BaseModel]) -> list[str]:
    """The keys of a section, with those that name a secret's file."""
    found = list(model.model_fields)
    return found + [name + FILE for name, field in model.model_fields.items() if is_secret(field.annotation)]


def sections_at(path: Sequence[str | int]) -> list[type[BaseModel]]:
    """The models of a section, list entry or named table; none where the path leads to none."""
    here: list[tuple[type[BaseModel], bool]] = [(Settings, True)]
    for part in path:
        there: list[tuple[type[BaseModel], bool]] = []
        for model, is_table in here:
            if not is_table:
                there.append((model, True))
                continue
            field = model.model_fields.get(part) if isinstance(part, str) else None
            if field is not None:
                there += [(kind, shape == "one") for kind, shape in sections_of(field.annotation)]
        here = there
    return [model for model, is_table in here if is_table]


def field_at(path: KeyPath) -> FieldInfo | None:
    """The field that the path names; None for what is no field of a section."""
    if not path or not isinstance(path[-1], str):
        return None
    return next(
        (model.model_fields[path[-1]] for model in sections_at(path[:-1]) if path[-1] in model.model_fields),
        None,
    )


def nearest(word: str, known: Sequence[str]) -> str:
    """The known word that is most like it; empty where none is."""
    found = get_close_matches(word.casefold(), [one.casefold() for one in known], 1, 0.6)
    return next((one for one in known if found and one.casefold() == found[0]), "")


def every_key(model: type[BaseModel] = Settings, path: str = "") -> Iterator[str]:
    """All keys with their sections, entries of lists as `[]`."""
    for name, field in model.model_fields.items():
        yield path + name
        for kind, shape in sections_of(field.annotation):
            yield from every_key(kind, f"{path}{name}{'' if shape == 'one' else '[]'}.")


def offered(field: FieldInfo) -> list[str]:
    """The words that a value is one of; none where it is free."""
    return [one for one in _arguments(field.annotation) if isinstance(one, str)]


def _arguments(annotation: Any) -> Iterator[Any]:
    for one in get_args(annotation):
        if isinstance(one, str):
            yield one
        else:
            yield from _arguments(one)
