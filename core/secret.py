"""Secrets of the settings: values that no text, log, dump or error repeats, and their minimum strength."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

from pydantic import AfterValidator, SecretStr

MASK: Final = "********"
SHORTEST: Final = 12
"""Signs of a secret that we choose ourselves."""
_PLACEHOLDER: Final = re.compile(
    r"(change|replace)[-_ ]?(me|it|this)|your[-_ ]|PASSWORD$|SECRET$|todo\b|…|<.*>$"
)


class Secret(SecretStr):
    """A secret that knows where it came from (`origin`: words for a person), and shows that and nothing
    else.
    """

    def __init__(self, secret_value: str, origin: str = "") -> None:
        super().__init__(secret_value)
        self.origin = origin

    def _display(self) -> str:
        if not self.get_secret_value():
            return ""
        return f"{MASK} ({self.origin})" if self.origin else MASK


def is_placeholder(text: str) -> bool:
    """Whether this is what an example says where a secret belongs."""
    return _PLACEHOLDER.match(text.casefold()) is not None or _PLACEHOLDER.match(text) is not None


def _no_placeholder(secret: SecretStr) -> SecretStr:
    if is_placeholder(secret.get_secret_value()):
        raise ValueError(
            "this is the example's value, which is public; songhua config init generates new secrets"
        )
    return secret


def _long_enough(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < SHORTEST:
        raise ValueError(
            f"a secret needs at least {SHORTEST} characters; songhua config init generates new ones, "
            "or: openssl rand -hex 24"
        )
    return secret


GivenSecret = Annotated[SecretStr, AfterValidator(_no_placeholder)]
"""One that somebody else chose, as a radio network or a carrier: of any length."""

OwnSecret = Annotated[SecretStr, AfterValidator(_long_enough), AfterValidator(_no_placeholder)]
"""One that we choose: at least `SHORTEST` signs."""


def revealed(value: Any) -> Any:
    """A dump with every secret as plain text, for what is written into a file that only its owner reads."""
    return _with(value, lambda secret: secret.get_secret_value())


def shown(value: Any) -> Any:
    """A dump with every secret masked, and where it comes from."""
    return _with(value, str)


def _with(value: Any, words: Callable[[SecretStr], str]) -> Any:
    if isinstance(value, SecretStr):
        return words(value)
    if isinstance(value, Mapping):
        return {key: _with(inner, words) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_with(inner, words) for inner in value]
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    return value
