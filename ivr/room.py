"""The dialogue as a room: the flow is read and checked before the first call."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from fastapi import APIRouter

from core.room import Health
from ivr.flows.engine import Engine
from ivr.flows.lint import lint
from ivr.flows.load import FlowInvalid, load
from ivr.library import FOLDER, Library
from ivr.ports import IvrPorts
from ivr.settings import IvrSettings

DEFAULT_FLOW: Final = Path(__file__).parent / "flows" / "default.yaml"


class IvrRoom:
    """Implements `core.room.Room`. `engine.run(line)` takes one call through the flow."""

    name = "ivr"
    routers: Sequence[APIRouter] = ()

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    async def start(self) -> None:
        """Nothing runs by itself: each call brings its own line."""

    async def stop(self) -> None:
        """Nothing runs by itself."""

    def health(self) -> Sequence[Health]:
        return [Health("ivr", "up")]


def build(settings: IvrSettings, ports: IvrPorts) -> IvrRoom:
    """Raises `FlowInvalid` for a flow with errors, `OSError` for a file that cannot be read."""
    library = Library(settings.prompts or FOLDER, settings.fallback_language)
    source = load((settings.flow or DEFAULT_FLOW).read_bytes())
    errors = [problem for problem in lint(source, library) if problem.level == "error"]
    if errors:
        raise FlowInvalid(errors)
    return IvrRoom(Engine(source.flow, library, ports.look_ups))
