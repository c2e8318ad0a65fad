"""What switch and queue are told of a mode: all files before the name, again after the switch was away."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import SecretStr

from cases.events import OperatingMode
from cases.operating_mode import model
from cases.operating_mode.model import ModeVersion
from cases.operating_mode.settings import ModePriorities, ModeRules
from gateway.ami.client import AmiClient
from gateway.ami.settings import AmiSettings
from gateway.wiring.operating_mode import ModeAtWork, with_modes
from hotline.routing.service import Priorities
from ivr.library import Library, NoSuchPrompt
from tests.waiting import until

NOW = datetime(2026, 11, 30, tzinfo=UTC)
EMERGENCY = ModeVersion(1, OperatingMode.EMERGENCY, OperatingMode.PEACE, "塌陷", "chen", NOW)
ALL = [
    ("GLOBAL(MODE_zh_CN)", "/sounds/zh_CN/wait-long"),
    ("GLOBAL(MODE_en)", "/sounds/en/wait-long"),
    ("GLOBAL(MODE)", "emergency-1"),
]


class Switch:
    def __init__(self) -> None:
        self.up, self.epoch = True, 1
        self.set: list[tuple[str, str]] = []

    async def perform(self, action: Any) -> None:
        self.set.append((action.variable, action.value))


class Levels:
    """Stands for the queue's priorities: what it was told last."""

    def __init__(self) -> None:
        self.used: Mapping[str, int] = {}

    def use(self, levels: Mapping[str, int]) -> None:
        self.used = dict(levels)


def at_work(switch: Switch, modes: SimpleNamespace, levels: Levels, *known: str) -> ModeAtWork:
    def find(prompt: str, language: str) -> Path:
        if language not in known:
            raise NoSuchPrompt
        return Path(f"/sounds/{language}/{prompt}.wav")

    return ModeAtWork(
        cast("AmiClient", switch),
        cast("Any", modes),
        languages=("zh_CN", "en"),
        library=lambda: cast("Library", SimpleNamespace(find=find)),
        priorities=cast("Priorities", levels),
    )


async def test_switch_and_queue_follow_the_mode_and_a_switch_that_was_away_is_told_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.wiring.operating_mode.LOOK_EVERY_S", 0.01)
    switch, levels = Switch(), Levels()
    modes = SimpleNamespace(now=model.first(NOW), rules=ModeRules())
    part = at_work(switch, modes, levels, "zh_CN", "en")
    await part.start()
    try:
        await until(lambda: switch.set == [("GLOBAL(MODE)", "")], "the variables")
        modes.now = EMERGENCY
        modes.rules = ModeRules(greeting="wait-long", priorities=ModePriorities(danger=19))
        await until(lambda: switch.set[1:] == ALL, "the variables")
        assert levels.used == {"danger": 19}
        switch.up = False
        switch.epoch = 2
        await asyncio.sleep(0.05)
        assert switch.set[4:] == []
        switch.up = True
        await until(lambda: switch.set[4:] == ALL, "the variables")
    finally:
        await part.stop()


async def test_where_a_prompt_is_missing_in_a_language_nothing_is_played(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.wiring.operating_mode.LOOK_EVERY_S", 0.01)
    switch = Switch()
    modes = SimpleNamespace(now=EMERGENCY, rules=ModeRules(greeting="wait-long"))
    part = at_work(switch, modes, Levels(), "zh_CN")
    await part.start()
    try:
        await until(lambda: switch.set == [("GLOBAL(MODE)", "")], "the variables")
    finally:
        await part.stop()


def test_the_account_may_set_the_names_of_the_mode() -> None:
    ordinary = AmiSettings.model_construct(secret=SecretStr("s"), variables=frozenset({"X"}))
    assert with_modes(ordinary, ("en",)).variables == {"X", "GLOBAL(MODE)", "GLOBAL(MODE_en)"}
