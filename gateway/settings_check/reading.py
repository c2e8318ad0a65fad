"""Reads file and environment, and sorts out what is refused, so that the rest can be examined as well."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from core.secret import Secret
from gateway.settings import Settings
from gateway.settings_check.model import KeyPath, Mistake, value_at
from gateway.settings_check.refusals import mistake

REFUSED: Final = "refused"
"""Origin of what stands in for a secret that was refused."""
_ROUNDS: Final = 30
"""Each round takes out what was refused in it: a section's own rules are asked once its keys are right."""
_DOTTED: Final = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_-]+)+")
_WORD: Final = re.compile(r"[a-z][a-z0-9_]*")


class _AsTold(Settings):
    """The settings from what was told alone: the environment is already in it."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """No other source."""
        return (init_settings,)


def stand_in() -> Secret:
    """For a required secret that was refused."""
    return Secret("stands-in-for-a-refused-secret", REFUSED)


class Remainder:
    """What was told, less what was refused. Numbers of list entries that are left stay those of the file."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.told: dict[str, Any] = _copied(told)
        self._numbers: dict[KeyPath, list[int]] = {}
        self._out: set[KeyPath] = set()

    def settings(self, mistakes: list[Mistake]) -> Settings | None:
        """Adds everything that is refused to `mistakes`; None where nothing more can be taken out."""
        for _ in range(_ROUNDS):
            try:
                return _AsTold(**self.told)
            except ValidationError as error:
                refused = [self._refused(dict(one)) for one in error.errors()]
            mistakes += [one for one in refused if not self._follows(one)]
            aside = [self._put_aside(one.path) for one in refused]
            if not any(aside):
                return None
        return None

    def take_out(self, path: KeyPath) -> bool:
        """Take out what stands at a path of the file, or what it is missing from. Whether anything was."""
        now = self._now(path)
        while now and value_at(self.told, now) is None:
            now, path = now[:-1], path[:-1]
        if not now:
            return False
        above = value_at(self.told, now[:-1])
        if isinstance(above, list):
            numbers = self._numbers.setdefault(path[:-1], list(range(len(above))))
            del numbers[int(now[-1])]
        del above[now[-1]]
        self._out.add(path)
        return True

    def _put_aside(self, path: KeyPath) -> bool:
        """A secret has a stand-in, so that what belongs to it can be examined; all else is taken out."""
        now = self._now(path)
        told = value_at(self.told, now)
        if isinstance(told, Secret) and told.origin != REFUSED:
            value_at(self.told, now[:-1])[now[-1]] = stand_in()
            return True
        return self.take_out(path)

    def _follows(self, one: Mistake) -> bool:
        """Whether it may be there only because something below or beside it was taken out."""
        if one.path and any(out[: len(one.path)] == one.path for out in self._out):
            return True
        return one.what == "it is missing" and any(one.path[: len(out)] == out for out in self._out)

    def _refused(self, error: dict[str, Any]) -> Mistake:
        path = tuple(error["loc"])
        while path and value_at(self.told, path) is None and error["type"] != "missing":
            path = path[:-1]
        found = mistake({**error, "loc": path}, value_at(self.told, path))
        if error["type"] == "value_error":
            found = self._narrowed(found)
        return Mistake(self.in_file(found.path), found.what, found.remedy)

    def _narrowed(self, found: Mistake) -> Mistake:
        """A rule over a section names the key that it means: the first that stands there."""
        if isinstance(value_at(self.told, found.path), Mapping) or not found.path:
            for name in _named(found.what, deep=not found.path):
                path = (*found.path, *name)
                if value_at(self.told, path) is not None:
                    words = found.what.removeprefix(f"{'.'.join(str(one) for one in name)}: ")
                    return Mistake(path, words, found.remedy)
        return found

    def in_file(self, now: KeyPath) -> KeyPath:
        """The path in the file of a path in what is left."""
        found: KeyPath = ()
        for part in now:
            numbers = self._numbers.get(found)
            inside = isinstance(part, int) and numbers is not None and part < len(numbers)
            found = (*found, numbers[int(part)] if inside and numbers is not None else part)
        return found

    def _now(self, then: KeyPath) -> KeyPath:
        found: KeyPath = ()
        for length, part in enumerate(then):
            numbers = self._numbers.get(then[:length])
            if numbers is not None and isinstance(part, int):
                found = (*found, numbers.index(part) if part in numbers else 10**9)
            else:
                found = (*found, part)
        return found


def _named(said: str, *, deep: bool) -> Iterator[tuple[str, ...]]:
    for word in (_DOTTED if deep else _WORD).findall(said):
        yield tuple(word.split("."))


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_copied(inner) for inner in value]
    return value
