"""One type adapter for each type of a parameter or an answer, however many apps the tests of a process build.

FastAPI makes one for each parameter of each route, and each once more where a router is included: a quarter
of what a test costs that builds a whole app. An adapter depends on nothing but the type.
"""

from __future__ import annotations

from typing import Any, get_args

from fastapi._compat import v2
from pydantic import ConfigDict, TypeAdapter

_Key = tuple[Any, ...]
_made: dict[_Key, tuple[TypeAdapter[Any], Any]] = {}
"""By what makes the type, with the type: what its key names by address stays where it is."""


class SharedTypeAdapter:
    """In the place of `TypeAdapter`, for annotated types."""

    def __new__(cls, annotated: Any, *, config: ConfigDict | None = None) -> Any:
        kind, *more = get_args(annotated)
        if config is not None:
            return TypeAdapter(annotated, config=config)
        try:
            key: _Key = (kind, *map(repr, more))
            found = _made.get(key)
        except TypeError:  # a type that has no hash
            return TypeAdapter(annotated)
        if found is None:
            found = _made[key] = (TypeAdapter(annotated), annotated)
        return found[0]


def share() -> None:
    """From now on, in this process."""
    v2.TypeAdapter = SharedTypeAdapter  # type: ignore[assignment,attr-defined]
