"""Lists of the settings that commands write, in files of their own: `songhua.d/phones.toml` beside
`songhua.toml`.

Each file holds the lists that `FILES` names, and nothing else; its entries come after those of the settings
file. A list that the settings file leaves at its default begins with that default.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

ListKey = tuple[str, str]
"""Section and key of a list in the settings."""

PHONES: Final[ListKey] = ("asterisk", "agents")
QUEUES: Final[ListKey] = ("asterisk", "queues")
SERVED: Final[ListKey] = ("hotline", "queues")
TRUNKS: Final[ListKey] = ("asterisk", "trunks")
FILES: Final[Mapping[str, tuple[ListKey, ...]]] = {
    "phones.toml": (PHONES,),
    "queues.toml": (QUEUES, SERVED),
    "trunks.toml": (TRUNKS,),
}
_DEFAULTS: Final[Mapping[ListKey, Sequence[Any]]] = {QUEUES: ({"name": "hotline"},), SERVED: ("hotline",)}


class WrongInclude(ValueError):
    """A file holds something else than its lists; the text is for a person."""


@dataclass(frozen=True, slots=True)
class JoinedSettings:
    """`told` is everything together; `origins` has file and path there of each entry that came from a file
    of ours.
    """

    told: dict[str, Any]
    origins: Mapping[tuple[str, str, int], tuple[Path, tuple[str, str, int]]] = field(default_factory=dict)


def included_file(settings: Path, name: str) -> Path:
    """Where the file of this name belongs; it need not be there."""
    return settings.absolute().with_suffix(".d") / name


def included_files(settings: Path) -> list[Path]:
    """Those that are there, in the order in which they count."""
    return [file for name in FILES if _is_there(file := included_file(settings, name))]


def _is_there(file: Path) -> bool:
    """A file that this user may not look for counts as there: who reads it says so."""
    try:
        return file.exists()
    except PermissionError:
        return True


def joined(told: Mapping[str, Any], included: Sequence[tuple[Path, Mapping[str, Any]]]) -> JoinedSettings:
    """What the settings file says, with the lists of the included ones. Raises `WrongInclude`."""
    whole = dict(told)
    origins: dict[tuple[str, str, int], tuple[Path, tuple[str, str, int]]] = {}
    for file, more in included:
        for key, entries in _lists(file, more):
            section, name = key
            above = whole.get(section, {})
            if not isinstance(above, Mapping):
                continue  # the settings themselves say that it is no section
            before = above.get(name, _default(key, entries))
            if not isinstance(before, list | tuple):
                continue
            whole[section] = {**above, name: [*before, *entries]}
            for number in range(len(entries)):
                origins[section, name, len(before) + number] = (file, (section, name, number))
    return JoinedSettings(whole, origins)


def _lists(file: Path, more: Mapping[str, Any]) -> Iterator[tuple[ListKey, list[Any]]]:
    allowed = FILES.get(file.name, ())
    for section, inner in more.items():
        names = inner if isinstance(inner, Mapping) else {"": inner}
        for name, entries in names.items():
            if (section, name) not in allowed or not isinstance(entries, list):
                only = ", ".join(f"{one}.{key}" for one, key in allowed)
                raise WrongInclude(f"{file}: {section}.{name} does not belong here, only lists of {only}")
            yield (section, name), entries


def _default(key: ListKey, entries: Sequence[Any]) -> list[Any]:
    names = [one.get("name") if isinstance(one, Mapping) else one for one in entries]
    defaults = _DEFAULTS.get(key, ())
    return [one for one in defaults if (one.get("name") if isinstance(one, Mapping) else one) not in names]
