"""`songhua config diff`: what the settings change of the defaults, or what two files differ in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from pydantic import SecretStr

from core.secret import MASK, shown
from gateway.commands.common import (
    BAD_SETTINGS,
    ConfigOption,
    JsonOption,
    config_file,
    err,
    load,
    out,
    print_json,
)
from gateway.settings import BadSettings, Settings

_NOTHING: Final = object()


def diff(
    other: Annotated[
        Path | None,
        typer.Argument(help="Another settings file; without it, the defaults.", exists=True, dir_okay=False),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print each key that differs, with both values. Secrets are masked: only whether they differ is said."""
    settings = load(config)
    first, second = (Settings.model_construct(), settings) if other is None else (settings, _loaded(other))
    of, to = ("defaults", _named(config)) if other is None else (_named(config), str(other))
    rows = [
        {"key": key, of: _said(before), to: _said(after)}
        for key, before, after in _differences(first.model_dump(), second.model_dump(), "")
    ]
    if as_json:
        print_json({"of": of, "to": to, "differences": [_json(row, of, to) for row in rows]})
        return
    for row in rows:
        line = f"{row['key']}: {row[of]} → {row[to]}"
        out.print(line, markup=False, highlight=False, soft_wrap=True)
    if not rows:
        out.print(f"no difference between {of} and {to}", markup=False, highlight=False, soft_wrap=True)


def _json(row: Mapping[str, Any], of: str, to: str) -> dict[str, Any]:
    return {"key": row["key"], "before": row[of], "after": row[to]}


def _named(config: Path | None) -> str:
    return str(config_file(config) or "environment")


def _loaded(file: Path) -> Settings:
    try:
        return Settings.load(file)
    except BadSettings as bad:
        for fault in bad.faults:
            err.print(f"settings: {fault}", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(BAD_SETTINGS) from None


def _differences(before: Any, after: Any, key: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys((*before, *after)):
            place = f"{key}.{name}" if key else str(name)
            yield from _differences(before.get(name, _NOTHING), after.get(name, _NOTHING), place)
    elif _are_named(before) and _are_named(after):
        yield from _differences(_by_name(before), _by_name(after), key)
    elif before in (_NOTHING, None) and isinstance(after, Mapping):
        for name, value in after.items():
            yield from _differences(_NOTHING, value, f"{key}.{name}")
    elif before != after:
        yield key, before, after


def _are_named(value: Any) -> bool:
    rows = isinstance(value, list | tuple)
    return rows and all(isinstance(one, Mapping) and "name" in one for one in value)


def _by_name(rows: Any) -> dict[str, Any]:
    return {str(one["name"]): one for one in rows}


def _said(value: Any) -> Any:
    if value is _NOTHING:
        return None
    if isinstance(value, SecretStr):
        return MASK if value.get_secret_value() else ""
    return shown(value)
