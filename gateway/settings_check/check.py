"""Examines a settings file: everything that is wrong, at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from pydantic_settings import EnvSettingsSource, SettingsError

from gateway.included_settings import JoinedSettings, WrongInclude, included_files, joined
from gateway.moved_settings import MOVED, relocated
from gateway.secret_sources import ENVIRONMENT, FILE, SecretSources, credentials_folder
from gateway.settings import Settings, merged
from gateway.settings_check import (
    addresses,
    certificates,
    durations,
    files,
    flows,
    keys,
    listening,
    moving_cameras,
    numbers,
    passwords,
    registering_cameras,
    switch_names,
    talkgroup_names,
    warning_channels,
)
from gateway.settings_check.model import (
    CheckedSettings,
    KeyPath,
    Mistake,
    PlacedMistake,
    SettingsRule,
    ToldRule,
    key_of,
    value_at,
)
from gateway.settings_check.reading import Remainder, stand_in
from gateway.settings_check.toml_lines import lines_of

TOLD_RULES: Final[tuple[ToldRule, ...]] = (
    keys.unknown_keys,
    addresses.impossible,
    addresses.database,
    addresses.web_addresses,
    switch_names.doubled,
    switch_names.unknown,
    talkgroup_names.doubled,
    talkgroup_names.unknown,
    durations.time_zones,
)
RULES: Final[tuple[SettingsRule, ...]] = (
    listening.clashes,
    listening.both_sides,
    passwords.unequal,
    passwords.weak,
    passwords.accounts,
    passwords.open_files,
    addresses.strangers,
    addresses.browsers,
    certificates.usable,
    certificates.authorities,
    files.model,
    files.folders,
    files.documents,
    files.skills,
    flows.flows,
    flows.calendars,
    durations.contradictions,
    durations.magnitudes,
    numbers.contradictions,
    registering_cameras.registering,
    moving_cameras.receivers,
    warning_channels.sirens,
    warning_channels.paging,
    switch_names.unserved,
)
_LINE: Final = re.compile(r"at line (\d+)")


@dataclass(frozen=True, slots=True)
class Examined:
    """`settings` without what was refused; None where too little is left."""

    settings: Settings | None
    mistakes: tuple[PlacedMistake, ...]

    @property
    def usable(self) -> bool:
        """Whether nothing but warnings was found."""
        return not any(one.weight == "fault" for one in self.mistakes)


def examine(file: Path | None, environment: Mapping[str, str]) -> Examined:
    """Every mistake in this file and in the variables `SONGHUA__…` of this process."""
    text, unread = _read(file)
    if unread is not None:
        return Examined(None, (unread,))
    whole, texts, unread = _with_included(file, text)
    if unread is not None:
        return Examined(None, (unread,))
    try:
        env = dict(EnvSettingsSource(Settings)())
    except SettingsError:
        what = f"a variable {ENVIRONMENT}… is no JSON, which a table or list must be"
        wrong = PlacedMistake("", "environment", None, what, 'write it as JSON: ["hotline"]', "fault")
        return Examined(None, (wrong,))
    told = relocated(merged(whole.told, env))
    found, settings = _found(told, env, file, environment)
    places = _Places(str(file) if file else "environment", lines_of(text), env, whole, texts)
    return Examined(settings, tuple(sorted(_once(places.placed(found)), key=_order)))


def _read(file: Path | None) -> tuple[str, PlacedMistake | None]:
    if file is None:
        return "", None
    line: int | None = None
    try:
        text = file.read_text(encoding="utf-8")
        tomllib.loads(text)
    except OSError as error:
        what, remedy = (
            f"cannot be read: {error.strerror}",
            f"run it as a user who may, or --config FILE: ls -l {file}",
        )
    except UnicodeDecodeError as error:
        what, remedy = f"is not UTF-8 (byte {error.start})", "save it as UTF-8: iconv -f GB18030 -t UTF-8"
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        what, remedy = f"is no TOML: {said}", "correct that line (https://toml.io); nothing else was examined"
        place = _LINE.search(said)
        line = int(place[1]) if place is not None else None
    else:
        return text, None
    return "", PlacedMistake("", str(file), line, what, remedy, "fault")


def _with_included(
    file: Path | None, text: str
) -> tuple[JoinedSettings, Mapping[Path, str], PlacedMistake | None]:
    """The settings with the lists that commands wrote, and the texts of these files."""
    texts: dict[Path, str] = {}
    for one in included_files(file) if file is not None else ():
        texts[one], unread = _read(one)
        if unread is not None:
            return JoinedSettings({}), texts, unread
    more = [(one, tomllib.loads(inner)) for one, inner in texts.items()]
    try:
        return joined(tomllib.loads(text), more), texts, None
    except WrongInclude as error:
        place, _, what = str(error).partition(": ")
        wrong = PlacedMistake("", place, None, what, "put it into the settings file", "fault")
        return JoinedSettings({}), texts, wrong


def _found(
    told: dict[str, Any], env: Mapping[str, Any], file: Path | None, environment: Mapping[str, str]
) -> tuple[list[Mistake], Settings | None]:
    found = [one for rule in TOLD_RULES for one in rule(told)]
    rest = Remainder(told)
    for one in sorted(found, key=lambda one: [str(part).zfill(9) for part in one.path], reverse=True):
        if one.weight == "fault":
            rest.take_out(one.path)
    sources = SecretSources(Settings, credentials_folder(environment))
    rest.told = sources.fill(rest.told, env)
    for wrong in sources.faults:
        found.append(Mistake(rest.in_file(wrong.keys), wrong.what, wrong.remedy))
        section = value_at(rest.told, wrong.keys[:-1])
        if isinstance(section, dict):
            section[str(wrong.keys[-1])] = stand_in()
    settings = rest.settings(found)
    if settings is not None:
        checked = CheckedSettings(settings, told, file, rest.in_file)
        refused = {one.path for one in found if one.weight == "fault"}
        later = [one for rule in RULES for one in rule(checked)]
        found += [one for one in later if one.path not in refused]
        faults = {one.path for one in found if one.weight == "fault"}
        found = [one for one in found if one.weight == "fault" or one.path not in faults]
    return found, settings


class _Places:
    def __init__(
        self,
        file: str,
        lines: Mapping[KeyPath, int],
        env: Mapping[str, Any],
        whole: JoinedSettings,
        texts: Mapping[Path, str],
    ) -> None:
        self._file = file
        self._lines = lines
        self._env = env
        self._origins = whole.origins
        self._included = {one: lines_of(text) for one, text in texts.items()}

    def placed(self, found: Iterable[Mistake]) -> Iterator[PlacedMistake]:
        for one in found:
            if one.path and value_at(self._env, one.path) is not None:
                name = ENVIRONMENT + "__".join(str(part) for part in one.path).upper()
                yield PlacedMistake(key_of(one.path), name, None, one.what, one.remedy, one.weight)
            else:
                file, line = self._place(one.path)
                yield PlacedMistake(key_of(one.path), file, line, one.what, one.remedy, one.weight)

    def _place(self, path: KeyPath) -> tuple[str, int | None]:
        """File and line of the key, else of the section that it belongs to."""
        for entry, (file, own) in self._origins.items():
            if path[:3] == entry:
                return str(file), _line(self._included[file], (*own, *path[3:]))
        return self._file, _line(self._lines, path)


def _line(lines: Mapping[KeyPath, int], path: KeyPath) -> int | None:
    while path:
        for one in (path, (*path[:-1], f"{path[-1]}{FILE}"), _before(path)):
            if one in lines:
                return lines[one]
        path = path[:-1]
    return None


def _before(path: KeyPath) -> KeyPath:
    """Where a moved key stood in earlier versions."""
    for section, moved in MOVED.items():
        if len(path) > 1 and moved.get(str(path[1])) == path[0]:
            return (section, *path[1:])
    return path


def _once(found: Iterable[PlacedMistake]) -> Iterator[PlacedMistake]:
    seen: set[PlacedMistake] = set()
    for one in found:
        if replace(one, line=None) not in seen:
            seen.add(replace(one, line=None))
            yield one


def _order(one: PlacedMistake) -> tuple[str, int, str]:
    return (one.file, one.line or 0, one.key)
