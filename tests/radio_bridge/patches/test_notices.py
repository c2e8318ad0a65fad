"""Tones about patches: told once, when nobody talks, and the newest only."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from core.errors import Unavailable
from radio_bridge.centre.floor.desk import DeskFloor
from radio_bridge.switch.conference.service import ConferenceService
from radio_bridge.switch.patches import notices
from radio_bridge.switch.patches.notices import PatchNotices

GROUP = "svx:4011"


class Talkgroup:
    """Stands for its conference and its floor."""

    def __init__(self) -> None:
        self.idle = True
        self.away = False
        self.conference: list[str] = []
        self.air: list[str] = []
        self.notices = PatchNotices(
            cast("ConferenceService", _Conference(self)), cast("DeskFloor", _Floor(self))
        )


class _Conference:
    def __init__(self, group: Talkgroup) -> None:
        self._group = group

    async def tell(self, group: str, notice: str) -> None:
        assert group == GROUP
        if self._group.away:
            raise Unavailable("a test took it away")
        self._group.conference.append(notice)


class _Floor:
    def __init__(self, group: Talkgroup) -> None:
        self._group = group

    def is_idle(self, group: str) -> bool:
        assert group == GROUP
        return self._group.idle

    async def tell(self, group: str, op_id: object, notice: str, *, by: str) -> None:
        self._group.air.append(f"{notice} {by}")


async def soon() -> None:
    await asyncio.sleep(3 * notices.LOOKED_S)


async def test_who_listens_and_the_radios_are_told_once() -> None:
    group = Talkgroup()
    group.notices.tell(GROUP, "patched", "wang.fang")
    await soon()
    assert (group.conference, group.air) == (["patched"], ["patched wang.fang"])


async def test_a_tone_waits_for_the_end_of_a_talk_and_only_the_newest_is_told() -> None:
    group = Talkgroup()
    group.idle = False
    group.notices.tell(GROUP, "patched", "wang.fang")
    group.notices.tell(GROUP, "unpatched", "wang.fang")
    await soon()
    assert (group.conference, group.air) == ([], [])
    group.idle = True
    await soon()
    assert (group.conference, group.air) == (["unpatched"], ["unpatched wang.fang"])


async def test_a_tone_that_is_late_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "WAIT_S", 0.1)
    group = Talkgroup()
    group.idle = False
    group.notices.tell(GROUP, "patched", "wang.fang")
    await soon()
    group.idle = True
    await soon()
    assert (group.conference, group.air) == ([], [])


async def test_the_radios_are_told_also_without_the_switch() -> None:
    group = Talkgroup()
    group.away = True
    group.notices.tell(GROUP, "patched", "wang.fang")
    await soon()
    assert group.air == ["patched wang.fang"]
