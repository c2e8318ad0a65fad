"""The room of the dialogue: reads and checks all flows before the first call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from fastapi import APIRouter

from core.room import Health
from ivr.calendar.load import load_calendar
from ivr.entry import offers_callback, wanted
from ivr.flows.book import DEFAULT, FlowBook
from ivr.flows.engine import FlowEngine, How
from ivr.flows.limits import HourlyLimit
from ivr.flows.load import FlowSource, load
from ivr.library import FOLDER, Library
from ivr.ports import Caller, CallerLine, IvrPorts, OpeningHours
from ivr.settings import IvrSettings
from ivr.versions.files import VersionFolder

FLOWS: Final = Path(__file__).parent / "flows"
FULL: Final = "callback-offer"
KINDS: Final = frozenset({"waiting", "survey", "silent"})
"""What the dialplan asks for besides the way in: each has a flow of its name."""


class IvrRoom:
    """Implements `core.room.Room`. `run` takes one call through the flow that fits."""

    name = "ivr"
    routers: Sequence[APIRouter] = ()

    def __init__(self, settings: IvrSettings, flows: FlowBook, ports: IvrPorts) -> None:
        self.flows = flows
        self._settings = settings
        self._ports = ports
        self._hours = ports.hours

    @property
    def engine(self) -> FlowEngine:
        """The flow of who phones the one number at an ordinary time."""
        return self.flows.engine(DEFAULT)

    async def run(self, kind: str, line: CallerLine, caller: Caller) -> How:
        """Never raises. `kind` is one of `KINDS`; any other one is the way in."""
        kind = FULL if kind == "waiting" and caller.full else kind
        offer = offers_callback(caller, self._settings.callback_after_s)
        return await self._choose(kind, caller).run(line, caller, {"offer": "yes" if offer else "no"})

    def is_open(self) -> bool:
        """Whether the opening hours say so now."""
        return self._hours.is_open(self._ports.clock.now())

    def change_hours(self, hours: OpeningHours) -> None:
        """For every call that comes from now on."""
        self._hours = hours

    def _choose(self, kind: str, caller: Caller) -> FlowEngine:
        if kind in KINDS or kind == FULL:
            return self.flows.engine(kind)
        return self.flows.first(wanted(self._settings, caller, is_open=self.is_open()))

    async def start(self) -> None:
        """Do nothing: each call brings its own line."""

    async def stop(self) -> None:
        """Do nothing: each call ends with its line."""

    def health(self) -> Sequence[Health]:
        return [Health("ivr", "up")]


def build(settings: IvrSettings, ports: IvrPorts) -> IvrRoom:
    """Raises `FlowInvalid`, `CalendarInvalid`, `NoSuchFlow`; `OSError` for a file that cannot be read."""
    if settings.hours is not None:
        ports = replace(ports, hours=load_calendar(settings.hours))
    library = Library(settings.prompts or FOLDER, settings.fallback_language, under=(FOLDER,))
    flows = FlowBook(
        library, ports, limit=HourlyLimit(settings.asks_an_hour, ports.clock), survey=settings.survey
    )
    flows.put_all(sources(settings))
    uploaded = {subject.plain for subject in VersionFolder(settings.uploads).load() if subject.kind == "flow"}
    for name in {settings.closed_flow, *(entry.flow for entry in settings.entries)} - uploaded:
        flows.engine(name)
    return IvrRoom(settings, flows, ports)


def sources(settings: IvrSettings) -> dict[str, FlowSource]:
    """The flows as the files have them."""
    return {name: load(file.read_bytes()) for name, file in flow_files(settings).items()}


def flow_files(settings: IvrSettings) -> dict[str, Path]:
    """Where they stand, the operator's in place of the built-in ones."""
    files = {file.stem: file for file in sorted(FLOWS.glob("*.yaml"))}
    if settings.flows is not None:
        files |= {file.stem: file for file in sorted(settings.flows.glob("*.yaml"))}
    if settings.flow is not None:
        files[DEFAULT] = settings.flow
    return files
