"""Sirens and pages of warnings: what would stay silent, sound twice, or hide that it is an exercise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gateway.asterisk.machine_checks import PAGE_PROMPTS, missing_prompts
from gateway.settings_check.model import CheckedSettings, KeyPath, Mistake

_SIRENS: Final[KeyPath] = ("warning", "sirens")
_PROGRAMS: Final[KeyPath] = ("warning", "siren_programs")
_PAGING: Final[KeyPath] = ("warning", "paging")


def sirens(checked: CheckedSettings) -> Iterator[Mistake]:
    """Two names for one siren; programs that are none, or the same for an exercise."""
    settings = checked.settings.warning
    yield from _doubled(
        {name: (one.host, one.port, one.unit, one.first_register) for name, one in settings.sirens.items()},
        _SIRENS,
        "is the same controller",
    )
    programs = settings.siren_programs
    real = {programs.alert, programs.update, programs.clear} - {0}
    if settings.sirens and not real | ({programs.exercise} - {0}):
        what = "no program is named: every siren stays silent and counts as failed"
        remedy = "name them by the controllers' numbers: [warning.siren_programs]"
        yield Mistake((*_SIRENS, next(iter(settings.sirens))), what, remedy, "warning")
    if programs.exercise in real:
        what = f"an exercise sounds as an actual warning: program {programs.exercise}"
        yield Mistake((*_PROGRAMS, "exercise"), what, "give exercises a program of their own, or 0")


def paging(checked: CheckedSettings) -> Iterator[Mistake]:
    """Groups at one address; paging that is on and cannot send."""
    settings = checked.settings.warning.paging
    yield from _doubled(
        {name: (one.address, one.port) for name, one in settings.groups.items()},
        (*_PAGING, "groups"),
        "has the same address and port",
    )
    if not settings.enabled:
        return
    here: KeyPath = (*_PAGING, "enabled")
    switch = checked.settings.asterisk
    if not settings.groups:
        yield Mistake(here, "there is no group to page", "name one: [warning.paging.groups.NAME]", "warning")
    if switch is None or not switch.paging:
        what = "the switch does not load what sends to multicast addresses"
        yield Mistake(here, what, "[asterisk] paging = true, then songhua asterisk render")
    elif missing := missing_prompts(switch, PAGE_PROMPTS):
        files = ", ".join(f"{file.parent.name}/{file.name}" for file in missing)
        what = f"sounds are missing, nothing is paged: {files}"
        yield Mistake(here, what, f"have them spoken, and put them into {switch.directories.prompts}")


def _doubled(places: Mapping[str, Any], section: KeyPath, what: str) -> Iterator[Mistake]:
    first: dict[Any, str] = {}
    for name, place in places.items():
        if place in first:
            yield Mistake((*section, name), f"{name} {what} as {first[place]}", "take one of them out")
        first.setdefault(place, name)
