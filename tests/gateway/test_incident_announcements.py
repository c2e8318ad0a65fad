"""What the switch is told of a mass incident's announcement: all of its files, or that there is none."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.ami.client import AmiClient
from gateway.wiring.incidents import IncidentAnnouncements, WaitingCallerAnnouncer
from hotline.queue.service import QueueViews
from ivr.library import Library, NoSuchPrompt


class Switch:
    """Remembers the variables that were set."""

    def __init__(self) -> None:
        self.up, self.epoch = True, 1
        self.set: list[tuple[str, str]] = []

    async def perform(self, action: Any) -> None:
        self.set.append((action.variable, action.value))


def announcer(switch: Switch, *known: str) -> WaitingCallerAnnouncer:
    def find(prompt: str, language: str) -> Path:
        if language not in known:
            raise NoSuchPrompt
        return Path(f"/sounds/{language}/{prompt}.wav")

    return WaitingCallerAnnouncer(
        cast("AmiClient", switch),
        ("zh_CN", "en"),
        library=lambda: cast("Library", SimpleNamespace(find=find)),
        lines=lambda: cast("QueueViews", SimpleNamespace(unoffered=list)),
    )


async def test_all_files_are_set_before_the_name() -> None:
    switch = Switch()
    await announcer(switch, "zh_CN", "en").keep("a-1", "wait")
    assert switch.set == [
        ("GLOBAL(INCIDENT_zh_CN)", "/sounds/zh_CN/wait"),
        ("GLOBAL(INCIDENT_en)", "/sounds/en/wait"),
        ("GLOBAL(INCIDENT)", "a-1"),
    ]


async def test_where_a_prompt_is_gone_nothing_is_announced() -> None:
    switch = Switch()
    assert await announcer(switch, "zh_CN").announce("a-1", "wait") == 0
    assert switch.set == [("GLOBAL(INCIDENT)", "")], "no file of it was set"


class Untold:
    """Counts how often the switch is told."""

    def __init__(self) -> None:
        self.untold = False
        self.asked = 0

    async def restore(self) -> bool:
        self.asked += 1
        self.untold = False
        return True


async def test_what_was_not_told_is_told_on_the_next_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.wiring.incidents.LOOK_EVERY_S", 0.01)
    incidents = Untold()
    watch = IncidentAnnouncements(cast("AmiClient", Switch()), cast("Any", incidents))
    await watch.start()
    try:
        await asyncio.sleep(0.1)
        assert incidents.asked == 1
        incidents.untold = True
        await asyncio.sleep(0.1)
        assert incidents.asked == 2
    finally:
        await watch.stop()


async def test_what_another_switch_announces_is_announced_here_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.wiring.incidents.LOOK_EVERY_S", 0.01)
    incidents = Untold()
    watch = IncidentAnnouncements(cast("AmiClient", Switch()), cast("Any", incidents), again_s=0.03)
    await watch.start()
    try:
        async with asyncio.timeout(30):
            while incidents.asked < 3:
                await asyncio.sleep(0.01)
    finally:
        await watch.stop()
