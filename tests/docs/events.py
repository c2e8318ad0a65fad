"""Writes docs/events.md from the event models of all rooms: `python -m tests.docs.events`."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from core.events import Event, Privacy, privacy_of
from tests.docs.rooms import rooms
from tests.peers.checkout import CHECKOUT

PAGE: Final = CHECKOUT / "docs" / "events.md"
HEAD: Final = """\
# Events

<!-- Written by `python -m tests.docs.events`; a test keeps it. Change the docstring of the model. -->

For contributors who publish or receive an event: every event by the room that owns it. The outbox delivers a
*durable* event at least once; a *live* one may be lost: the next one or a snapshot makes up for it.
[contracts.md](contracts.md) says how events travel. Edges mask personal fields where the viewer may not see
them. The models, with all fields, are in `events.py` of each room.
"""


def page() -> str:
    """The page as it has to be."""
    return HEAD + "".join(_sections(sorted(_events(), key=lambda one: one[0])))


def _events() -> Iterator[tuple[str, type[Event]]]:
    """Every event that a room's `events.py` has of its own, by its type."""
    for room in rooms():
        if room != "core" and (CHECKOUT / room / "events.py").is_file():
            module = importlib.import_module(f"{room}.events")
            found = {one for one in vars(module).values() if isinstance(one, type) and issubclass(one, Event)}
            for model in found:
                if model.TYPE.startswith(f"{room}."):
                    yield model.TYPE, model


def _sections(events: list[tuple[str, type[Event]]]) -> Iterator[str]:
    for room, group in groupby(events, key=lambda one: one[0].partition(".")[0]):
        yield f"\n## {room}\n\n| event | delivery | what | personal fields |\n|---|---|---|---|\n"
        for name, model in group:
            yield f"| `{name}` | {model.DELIVERY} | {_what(model)} | {_personal(model)} |\n"


def _what(model: type[Event]) -> str:
    return " ".join((model.__doc__ or "").split("\n\n")[0].split()).replace("|", "\\|")


def _personal(model: type[Event]) -> str:
    return ", ".join(
        f"`{name}`" for name in model.model_fields if privacy_of(model, name) is Privacy.PERSONAL
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
