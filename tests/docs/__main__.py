"""Writes every generated page of `tests.docs`: `python -m tests.docs`."""

from __future__ import annotations

from tests.docs import drivers, events, problems, rooms, workflow

drivers.PAGE.write_text(drivers.page(), encoding="utf-8")
events.PAGE.write_text(events.page(), encoding="utf-8")
problems.PAGE.write_text(problems.page(), encoding="utf-8")
rooms.PAGE.write_text(rooms.page(rooms.PAGE.read_text(encoding="utf-8")), encoding="utf-8")
workflow.PAGE.write_text(workflow.page(workflow.PAGE.read_text(encoding="utf-8")), encoding="utf-8")
