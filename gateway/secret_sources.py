"""Sources of the settings' secrets, with the same rule for each.

Of the secret `ami.secret`, the first of these counts: the environment variable `SONGHUA__AMI__SECRET`; the
systemd credential `songhua.ami.secret`; the file that `ami.secret_file` names; `ami.secret` itself. An entry
of a list is called by its name: `songhua.asterisk.agents.agent-1.secret`.
"""

from __future__ import annotations

import os
import types
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from core.secret import Secret
from core.storage.settings import FROM_URL

ENVIRONMENT: Final = "SONGHUA__"
CREDENTIALS: Final = "CREDENTIALS_DIRECTORY"
CREDENTIAL: Final = "songhua."
FILE: Final = "_file"
LONGEST: Final = 4_096
"""Bytes of a secret's file."""
OTHERS: Final = 0o007
SECRETS_FOLDER: Final = "secrets"
"""Beside the settings file, where `songhua config init` writes."""
IN_THE_FILE: Final = "from the settings file"
NAMES: Final = ("name", "callsign", "id")
"""What an entry of a list is called by."""


LONGEST_STAND_IN: Final = 24
_unread: ContextVar[list[str] | None] = ContextVar("unread_secrets", default=None)


@contextmanager
def without_unreadable() -> Iterator[list[str]]:
    """Inside, a secret whose file this user may not read is a random word; its place is listed. For commands
    that only look: what needs such a secret must not be tried.
    """
    places: list[str] = []
    kept = _unread.set(places)
    try:
        yield places
    finally:
        _unread.reset(kept)


@dataclass(frozen=True, slots=True)
class _Here:
    """A section and its place: `told` by file and environment together, `env` by the latter alone."""

    told: dict[str, Any]
    env: Mapping[str, Any]
    path: str
    keys: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class SecretFault:
    """A secret that is nowhere, or not where it is said to be. `place` calls entries of lists by their names,
    `keys` has their numbers.
    """

    place: str
    keys: tuple[str | int, ...]
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}: {self.remedy}"


class SecretSources:
    """Fills the secrets into what was told. `faults` are for a person: place, cause and remedy."""

    def __init__(self, model: type[BaseModel], folder: Path | None) -> None:
        self._model = model
        self._folder = folder
        self.faults: list[SecretFault] = []

    def fill(self, told: Mapping[str, Any], env: Mapping[str, Any]) -> dict[str, Any]:
        """`told` with every secret as a `Secret` that knows its origin, and without the keys of files."""
        return self._section(self._model, _Here(dict(told), env, ""))

    def _section(self, model: type[BaseModel], here: _Here) -> dict[str, Any]:
        for name, field in model.model_fields.items():
            if is_secret(field.annotation):
                self._secret(here, name, field)
                continue
            inner = here.told.get(name)
            within = here.env.get(name)
            place, keys = f"{here.path}{name}.", (*here.keys, name)
            for kind, shape in sections_of(field.annotation):
                if shape == "one" and isinstance(inner, dict):
                    env = within if isinstance(within, Mapping) else {}
                    here.told[name] = self._section(kind, _Here(dict(inner), env, place, keys))
                elif shape == "named" and isinstance(inner, dict):
                    here.told[name] = self._named(kind, _Here(inner, _mapping(within), place, keys))
                elif shape == "many" and isinstance(inner, Sequence) and not isinstance(inner, str):
                    here.told[name] = self._many(kind, inner, (place, keys), from_env=within is not None)
        return here.told

    def _named(self, kind: type[BaseModel], here: _Here) -> dict[str, Any]:
        return {
            key: self._section(
                kind,
                _Here(dict(one), _mapping(here.env.get(key)), f"{here.path}{key}.", (*here.keys, key)),
            )
            if isinstance(one, dict)
            else one
            for key, one in here.told.items()
        }

    def _many(
        self,
        kind: type[BaseModel],
        inner: Sequence[Any],
        where: tuple[str, tuple[str | int, ...]],
        *,
        from_env: bool,
    ) -> list[Any]:
        place, keys = where
        return [
            self._section(
                kind,
                _Here(dict(one), one if from_env else {}, f"{place}{_called(one, number)}.", (*keys, number)),
            )
            if isinstance(one, dict)
            else one
            for number, one in enumerate(inner)
        ]

    def _secret(self, here: _Here, name: str, field: FieldInfo) -> None:
        place = here.path + name
        file = here.told.pop(name + FILE, None)
        value = here.told.get(name)
        if name in here.env and value is not None:
            self._keep(here, name, value, f"from {ENVIRONMENT}{place.upper().replace('.', '__')}")
            return
        credential = self._credential(place)
        if credential is not None:
            self._read(here, name, credential, f"from the credential {CREDENTIAL}{place}")
        elif file is not None and value is not None and name + FILE not in here.env:
            self._fault(here, name, f"it stands there and in {name}{FILE}", "keep one of the two")
        elif file is not None:
            self._read(here, name, Path(str(file)), f"from {file}")
        elif value is not None:
            self._keep(here, name, value, IN_THE_FILE)
        elif field.is_required():
            remedy = (
                f"name its file in {name}{FILE}, or give the credential {CREDENTIAL}{place} (docs/secrets.md)"
            )
            self._fault(here, name, "there is no secret", remedy)

    def _keep(self, here: _Here, name: str, value: Any, origin: str) -> None:
        # Anything else than text is pydantic's to refuse.
        here.told[name] = Secret(value, origin) if isinstance(value, str) else value

    def _read(self, here: _Here, name: str, file: Path, origin: str) -> None:
        try:
            with file.open("rb") as stream:
                mode = os.fstat(stream.fileno()).st_mode
                raw = stream.read(LONGEST + 1)
        except (OSError, ValueError) as error:
            unread = _unread.get()
            if isinstance(error, PermissionError) and unread is not None:
                unread.append(here.path + name)
                here.told[name] = Secret(token_hex(LONGEST_STAND_IN), origin)
                return
            why = getattr(error, "strerror", None) or "no file's name"
            self._fault(here, name, f"{file}: cannot be read: {why}", "songhua config init makes it")
            return
        if mode & OTHERS:
            self._fault(here, name, f"{file}: everybody on the machine may read it", f"chmod o= {file}")
            return
        text = raw.decode("utf-8", "replace").strip("\r\n") if len(raw) <= LONGEST else ""
        if not text or not text.isprintable():
            wanted = f"one line of text, at most {LONGEST} bytes"
            self._fault(here, name, f"{file}: holds no secret", wanted)
            return
        here.told[name] = Secret(text, origin)

    def _fault(self, here: _Here, name: str, what: str, remedy: str) -> None:
        self.faults.append(SecretFault(here.path + name, (*here.keys, name), what, remedy))

    def _credential(self, place: str) -> Path | None:
        """Its file, where systemd gave one. `place` comes from the settings' own keys and names: one that is
        no plain file name finds nothing.
        """
        if self._folder is None or "/" in place or "\0" in place:
            return None
        file = self._folder / f"{CREDENTIAL}{place}"
        return file if file.is_file() else None


def credentials_folder(environment: Mapping[str, str]) -> Path | None:
    """Where systemd put the credentials of this unit."""
    named = environment.get(CREDENTIALS, "")
    return Path(named) if named else None


def readable_by_all(file: Path, settings: BaseModel) -> bool:
    """Whether a secret stands in this settings file and everybody on the machine may read it."""
    try:
        mode = file.stat().st_mode
    except OSError:
        return False
    return bool(mode & OTHERS) and bool({IN_THE_FILE, FROM_URL} & _origins(settings.model_dump()))


def _origins(value: Any) -> set[str]:
    if isinstance(value, Secret):
        return {value.origin}
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return set().union(*(_origins(one) for one in inner))


def is_secret(annotation: Any) -> bool:
    """Whether a value of this type is one, or may be."""
    return any(isinstance(one, type) and issubclass(one, SecretStr) for one in _plain(annotation))


def secrets_of(model: type[BaseModel], path: str = "") -> Iterator[str]:
    """The places of all secrets in these settings; `*` stands for an entry's name."""
    for name, field in model.model_fields.items():
        if is_secret(field.annotation):
            yield path + name
        for kind, shape in sections_of(field.annotation):
            yield from secrets_of(kind, f"{path}{name}." + ("" if shape == "one" else "*."))


def with_files(schema: Any) -> Any:
    """The JSON Schema of settings with the key of its file beside each secret."""
    if isinstance(schema, list):
        return [with_files(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: with_files(value) for key, value in schema.items()}
    properties = made.get("properties")
    if isinstance(properties, dict):
        secret = [name for name, one in properties.items() if '"password"' in _formats(one)]
        for name in secret:
            said = {"type": "string", "format": "path", "description": f"holds {name} in one line"}
            properties[name + FILE] = said
        required = [name for name in made.get("required", ()) if name not in secret]
        made.pop("required", None)
        if required:
            made["required"] = required
    return made


def _formats(node: Any) -> str:
    options = node.get("anyOf", [node]) if isinstance(node, dict) else []
    return " ".join(f'"{one.get("format")}"' for one in options if isinstance(one, dict))


def _plain(annotation: Any) -> Iterator[Any]:
    """The types that a value may have, without what is said about them."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _plain(get_args(annotation)[0])
    elif origin in {Union, types.UnionType}:
        for one in get_args(annotation):
            yield from _plain(one)
    else:
        yield annotation


def sections_of(annotation: Any) -> Iterator[tuple[type[BaseModel], str]]:
    """The sections that a value holds: `one`, `many` in a list, `named` ones in a table."""
    for one in _plain(annotation):
        origin, arguments = get_origin(one), get_args(one)
        if isinstance(one, type) and issubclass(one, BaseModel):
            yield one, "one"
        elif origin in {list, tuple} and arguments:
            yield from ((kind, "many") for kind, shape in sections_of(arguments[0]) if shape == "one")
        elif origin is dict and arguments:
            yield from ((kind, "named") for kind, shape in sections_of(arguments[1]) if shape == "one")


def _called(one: Mapping[str, Any], number: int) -> str:
    return next((str(one[key]) for key in NAMES if key in one), str(number))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
