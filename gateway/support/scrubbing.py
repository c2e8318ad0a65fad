"""Takes secrets, names, numbers and addresses of people out of everything that goes into a bundle. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel, SecretStr

from gateway.masking import masked_text

TAKEN_OUT: Final = "[secret]"
NAME: Final = "[name]"
SHORTEST_SECRET: Final = 4
SHORTEST_NAME: Final = 2
"""A name of one sign stands in every text."""


class Scrubber:
    """Knows the secrets of the settings and the names in the database; numbers it knows by their form."""

    def __init__(self, secrets: Iterable[str] = (), names: Iterable[str] = ()) -> None:
        self._secrets = sorted({one for one in secrets if len(one) >= SHORTEST_SECRET}, key=len, reverse=True)
        # The number of a crew or desk stands in times and ids as well, and names nobody.
        said = {one for one in names if len(one) >= SHORTEST_NAME and not one.isdigit()}
        self._names = sorted(said, key=len, reverse=True)

    def text(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, TAKEN_OUT)
        # Most names stand in no text: to look for each of them is much faster than one pattern of all.
        there = [one for one in self._names if one in text]
        if there:
            text = re.sub("|".join(_whole(one) for one in there), NAME, text)
        return masked_text(text)

    def value(self, value: Any) -> Any:
        """Every text inside a JSON value, its keys too."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(key)): self.value(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(one) for one in value]
        return value


def secrets_of(value: Any) -> Iterator[str]:
    """Every secret in settings, in clear."""
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from secrets_of(getattr(value, name))
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from secrets_of(one)
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from secrets_of(one)


def _whole(name: str) -> str:
    """A name in Latin letters is not looked for inside of other words; Chinese has no gaps between words."""
    before = r"(?<![A-Za-z0-9])" if name[0].isascii() else ""
    after = r"(?![A-Za-z0-9])" if name[-1].isascii() else ""
    return f"{before}{re.escape(name)}{after}"
