"""What callers hear: flow files, the flows that entries name, the queues that they lead to, opening hours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from gateway.settings_check.model import CheckedSettings, KeyPath, Mistake, entries, value_at
from gateway.settings_check.model_fields import nearest
from gateway.settings_check.switch_names import names_of

_LINT: Final = "songhua ivr lint shows each fault of it"


def flows(checked: CheckedSettings) -> Iterator[Mistake]:
    """Missing and broken flow files, and names that lead nowhere."""
    if not checked.says(("ivr",)):
        return
    ivr = checked.settings.ivr
    named: list[tuple[KeyPath, Path]] = [(("ivr", "flow"), ivr.flow)] if ivr.flow is not None else []
    folder = ivr.flows
    if folder is not None and folder.is_dir():
        named += [(("ivr", "flows"), file) for file in sorted(folder.glob("*.yaml"))]
        if len(named) == (ivr.flow is not None):
            yield Mistake(
                ("ivr", "flows"),
                f"{folder} holds no <name>.yaml",
                "put flows there, or take the key out",
                "warning",
            )
    for path, file in named:
        yield from _flow(checked, path, file)
    yield from _entries(checked)


def _flow(checked: CheckedSettings, path: KeyPath, file: Path) -> Iterator[Mistake]:
    from ivr.flows.lint import lint_file  # noqa: PLC0415  # only where flows are named
    from ivr.flows.load import FlowInvalid, load  # noqa: PLC0415
    from ivr.flows.model import QueueStep  # noqa: PLC0415
    from ivr.library import FOLDER, Library  # noqa: PLC0415

    own = checked.settings.ivr.prompts
    library = Library(own, under=(FOLDER,)) if own is not None else Library()
    try:
        problems = lint_file(file, library)
        source = load(file.read_bytes())
    except OSError as error:
        yield Mistake(path, f"{file}: {error.strerror}", "name the flow's file (YAML), or take the key out")
        return
    except FlowInvalid:
        source = None
    for one in problems:
        if one.level == "error":
            yield Mistake(path, f"{file}:{one.line}: {one.en}", _LINT)
    queues = names_of(checked.told, "queues")
    steps = source.flow.steps.values() if source is not None else ()
    for step in steps:
        if isinstance(step, QueueStep) and queues and step.queue not in queues:
            meant = nearest(step.queue, queues)
            remedy = f"did you mean {meant}?" if meant else f"the queues are: {', '.join(queues)}"
            yield Mistake(
                path,
                f"{file}: it leads to the queue {step.queue}, which [[asterisk.queues]] does not have",
                remedy,
            )


def _entries(checked: CheckedSettings) -> Iterator[Mistake]:
    from ivr.room import flow_files  # noqa: PLC0415  # only where flows are named
    from ivr.versions.files import VersionFolder  # noqa: PLC0415

    ivr = checked.settings.ivr
    try:
        uploaded = VersionFolder(ivr.uploads).load()
        known = sorted({*flow_files(ivr), *(one.plain for one in uploaded if one.kind == "flow")})
    except OSError:
        return
    for path, one in entries(checked.told, "ivr", "entries"):
        flow, trunk = one.get("flow"), one.get("trunk")
        if isinstance(flow, str) and flow not in known:
            yield Mistake((*path, "flow"), f"there is no flow {flow}", _meant(flow, known))
        trunks = names_of(checked.told, "trunks")
        if isinstance(trunk, str) and trunk not in trunks and checked.settings.asterisk is not None:
            what = f"{trunk} is not among [[asterisk.trunks]]"
            yield Mistake((*path, "trunk"), what, _meant(trunk, trunks))
        if one.get("hours") is not None and ivr.hours is None:
            yield Mistake(
                (*path, "hours"), "there are no opening hours", "set ivr.hours, or take this out", "warning"
            )
    closed = value_at(checked.told, ("ivr", "closed_flow"))
    if isinstance(closed, str) and closed not in known:
        yield Mistake(("ivr", "closed_flow"), f"there is no flow {closed}", _meant(closed, known))


def calendars(checked: CheckedSettings) -> Iterator[Mistake]:
    """The opening hours: missing, broken, or odd."""
    file = checked.settings.ivr.hours
    if file is None:
        return
    from ivr.calendar.load import CalendarInvalid, load_calendar, odd  # noqa: PLC0415  # only where it is set

    path: KeyPath = ("ivr", "hours")
    remedy = f"songhua ivr hours --file {file} shows how it is understood"
    try:
        found = load_calendar(file)
    except OSError as error:
        yield Mistake(
            path, f"{file}: {error.strerror}", "name the file of opening hours, or take the key out"
        )
    except CalendarInvalid as error:
        for problem in error.problems[:10]:
            yield Mistake(path, f"{file}: {problem}", remedy)
    else:
        for one in odd(found, date.today()):  # noqa: DTZ011  # the machine's day is near enough for a warning
            yield Mistake(path, f"{file}: {one}", remedy, "warning")


def _meant(name: str, known: list[str]) -> str:
    meant = nearest(name, known)
    return f"did you mean {meant}?" if meant else f"there are: {', '.join(known) or 'none'}"
