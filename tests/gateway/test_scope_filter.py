"""Live events within a viewer's scopes: what is outside does not reach him, what is his own does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import pytest

from core.actor import Actor, Role
from core.events import Event
from core.scopes import Scopes
from field.events import TalkgroupChanged
from gateway.wiring.scope_filter import ScopeFilter
from hotline.events import BoardChanged, BoardView
from radio_bridge.centre.floor.events import FloorChanged

AT = datetime(2026, 11, 30, tzinfo=UTC)
FREE = Actor("free", "Free", frozenset({Role.SUPERVISOR}))
LIMITED = Actor(
    "limited", "Limited", FREE.roles, Scopes(queues=frozenset({"a"}), talkgroups=frozenset({"app:1"}))
)
NARROWED = cast("BoardView", "his board")
narrow = ScopeFilter(lambda _viewer: NARROWED)


def floor(group: str) -> Event:
    return FloorChanged(at=AT, talkgroup=group, stage="idle", since=None)


@pytest.mark.parametrize(
    ("event", "within"),
    [
        (floor("app:1"), True),
        (floor("app:2"), False),
        (TalkgroupChanged(tg_id="app:1", name_zh="一", name_en="one"), True),
        (TalkgroupChanged(tg_id="app:2", name_zh="二", name_en="two"), False),
    ],
)
def test_talkgroups_of_others_are_not_followed(event: Event, within: bool) -> None:
    assert narrow(FREE, event) is event
    assert (narrow(LIMITED, event) is event) == within


def test_the_board_is_his_own() -> None:
    event = BoardChanged.model_construct(at=AT, board=cast("BoardView", "the whole board"))
    assert narrow(FREE, event) is event
    narrowed = narrow(LIMITED, event)
    assert isinstance(narrowed, BoardChanged)
    assert narrowed.board == NARROWED
