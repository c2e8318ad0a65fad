"""The active flows by name. A caller keeps the flow he began with; later callers hear the new one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from core.errors import NotFound
from ivr.flows.engine import FlowEngine
from ivr.flows.limits import HourlyLimit
from ivr.flows.lint import lint
from ivr.flows.load import FlowInvalid, FlowProblem, FlowSource
from ivr.library import Library
from ivr.ports import IvrPorts

DEFAULT: Final = "default"


class NoSuchFlow(NotFound):
    kind = "no-such-flow"
    title = "There is no such flow"


class FlowBook:
    """`put` refuses a flow with errors, so that what is here can always be run."""

    def __init__(
        self, library: Library, ports: IvrPorts, *, limit: HourlyLimit | None = None, survey: bool = False
    ) -> None:
        self.library = library
        self._ports = ports
        self._limit = limit
        self._survey = survey
        self._engines: dict[str, FlowEngine] = {}
        self._sources: dict[str, FlowSource] = {}

    def names(self) -> list[str]:
        """Names of all flows, sorted."""
        return sorted(self._engines)

    def has(self, name: str) -> bool:
        """Whether there is a flow of this name."""
        return name in self._engines

    def check(self, source: FlowSource) -> list[FlowProblem]:
        """What the linter says about it, errors and warnings."""
        return lint(source, self.library)

    def put(self, name: str, source: FlowSource) -> None:
        """Use these flows from the next call on. Raises `FlowInvalid`: then nothing has changed."""
        errors = [problem for problem in self.check(source) if problem.level == "error"]
        if errors:
            raise FlowInvalid(errors)
        self._engines[name] = FlowEngine(
            source.flow, self.library, self._ports, limit=self._limit, survey_after=self._survey
        )
        self._sources[name] = source

    def put_all(self, sources: Mapping[str, FlowSource]) -> None:
        """Replace these flows. Raises `FlowInvalid`; those before it are replaced already."""
        for name, source in sources.items():
            self.put(name, source)

    def engine(self, name: str) -> FlowEngine:
        """Raises `NoSuchFlow`."""
        found = self._engines.get(name)
        if found is None:
            raise NoSuchFlow(name, remedy=f"the flows are: {', '.join(self.names())}")
        return found

    def source(self, name: str) -> FlowSource:
        """Raises `NoSuchFlow`."""
        self.engine(name)
        return self._sources[name]

    def first(self, names: Iterable[str]) -> FlowEngine:
        """The first of these that there is, else `default`."""
        return next((self._engines[name] for name in names if name in self._engines), self._engines[DEFAULT])
