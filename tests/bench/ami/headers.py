"""A dictionary of headers in the form that the reducers read."""

from __future__ import annotations

from collections.abc import Mapping


class Headers:
    """A peer's headers as the reducers read them."""

    __slots__ = ("_headers", "name")

    def __init__(self, name: str, headers: Mapping[str, object]) -> None:
        self.name = name
        self._headers = headers

    def get(self, name: str, default: str = "") -> str:
        value = self._headers.get(name, default)
        return value if isinstance(value, str) else str(value[0] if isinstance(value, list) else value)
