"""`songhua config check`: every mistake in the settings at once, with key, file, line and remedy."""

from __future__ import annotations

import os
import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.commands.common import (
    BAD_SETTINGS,
    ConfigOption,
    JsonOption,
    config_file,
    err,
    out,
    print_json,
)
from gateway.moved_settings import outdated
from gateway.secret_sources import readable_by_all
from gateway.settings import Settings
from gateway.settings_check.check import Examined, examine
from gateway.settings_check.model import PlacedMistake
from gateway.tls.seen import examined


def check(
    config: ConfigOption = None,
    as_json: JsonOption = False,
    online: Annotated[
        bool, typer.Option("--online", help="Also try ports, hosts, database, AMI, broker, disks, clock.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 3 on warnings, too.")] = False,
) -> None:
    """Check the settings and the files that they name: each fault with its place. Exit code 3 on faults."""
    file = config_file(config)
    found = examine(file, os.environ)
    notes = _notes(file, found.settings)
    tried = _tried(found) if online else None
    ok = found.usable and not (tried and any(one["state"] == "failed" for one in tried))
    bad = not ok or (strict and bool(found.mistakes))
    if as_json:
        told = {"file": str(file) if file else None, "ok": ok, **notes}
        online_told = {} if tried is None else {"online": tried}
        print_json({**told, "faults": [asdict(one) for one in found.mistakes], **online_told})
    else:
        _print(file, found, notes, ok=ok)
        _print_tried(tried or ())
    if bad:
        raise typer.Exit(BAD_SETTINGS)


def _notes(file: Path | None, settings: Settings | None) -> dict[str, Any]:
    """What is worth knowing, and no mistake. Also what programs have read here since earlier versions."""
    if settings is None:
        return {"missing": [], "certificates": [], "plain": [], "moved": [], "open_to_all": False}
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8")) if file else {}
    except (OSError, ValueError):
        told = {}
    return {
        "missing": [name for name in ("asterisk", "ami") if getattr(settings, name) is None],
        "certificates": [
            f"{place}: {wrong}"
            for place, tls in settings.certificates()
            if (wrong := examined(tls.certificate, tls.key_file(f"{place}.key")))
        ],
        "plain": settings.plain_listeners(),
        "moved": outdated(told),
        "open_to_all": file is not None and readable_by_all(file, settings),
    }


def _print(file: Path | None, found: Examined, notes: dict[str, Any], *, ok: bool) -> None:
    for one in found.mistakes:
        _print_mistake(one)
    where = file or "no file (defaults and environment)"
    if ok:
        _say(f"{where}: ok")
    else:
        faults = sum(one.weight == "fault" for one in found.mistakes)
        err.print(f"{where}: {faults} to correct", markup=False, highlight=False, soft_wrap=True)
    for name in notes["missing"]:
        _say(f"note: [{name}] is missing; songhua serve needs it")
    for line in notes["moved"]:
        _say(f"note: {line}")
    for place in notes["plain"]:
        _say(f"note: {place} without TLS, as plain = true says")


def _print_mistake(one: PlacedMistake) -> None:
    word = "" if one.weight == "fault" else "warning: "
    to = err if one.weight == "fault" else out
    to.print(f"{word}{one}", markup=False, highlight=False, soft_wrap=True)
    to.print(f"  remedy: {one.remedy}", markup=False, highlight=False, soft_wrap=True)


def _tried(found: Examined) -> list[dict[str, Any]]:
    # Imported here: only this option needs database, switch and broker.
    from gateway.online_checks import tried  # noqa: PLC0415

    if found.settings is None:
        why = "the settings cannot be read"
        return [{"what": "online", "state": "unknown", "said": why, "remedy": "correct them first"}]
    return [asdict(one) for one in tried(found.settings)]


def _print_tried(tried: Any) -> None:
    words = {"good": "ok", "failed": "failed", "unknown": "could not check"}
    for one in tried:
        _say(f"{words[one['state']]}: {one['what']}: {one['said']}")
        if one["remedy"]:
            _say(f"  remedy: {one['remedy']}")


def _say(text: str) -> None:
    out.print(text, markup=False, highlight=False, soft_wrap=True)
