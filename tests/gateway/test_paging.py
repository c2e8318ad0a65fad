"""What the switch tells of pages, as the room of warnings hears it; the client is played."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from gateway.ami.client import AmiClient
from gateway.wiring.paging import AmiPages
from tests.hotline.stream import message

DELIVERY = UUID("0190b6c2-7f4e-7a3a-9d0e-2f6f0c0e8a11")


@dataclass
class PlayedClient:
    up: bool = True


def told_by(**headers: Any) -> list[tuple[UUID, str]]:
    found: list[tuple[UUID, str]] = []
    pages = AmiPages(cast("AmiClient", PlayedClient()), lambda page, word: found.append((page, word)))
    pages.on_message(message("UserEvent", **headers))
    return found


def test_the_dialplan_tells_how_far_a_page_has_come() -> None:
    channel = f"tap-page-{DELIVERY}"
    for word in ("begun", "ended", "failed"):
        assert told_by(UserEvent="WarningPage", Uniqueid=channel, State=word) == [(DELIVERY, word)]
    assert told_by(UserEvent="WarningPage", Uniqueid=channel, State="over") == []
    assert told_by(UserEvent="WarningCall", Uniqueid=channel, State="ended") == []
    assert told_by(UserEvent="WarningPage", Uniqueid=f"tap-{DELIVERY}", State="ended") == []


@given(st.text(max_size=60))
def test_any_name_of_a_channel_is_a_page_or_nothing(name: str) -> None:
    for _, word in told_by(UserEvent="WarningPage", Uniqueid=f"tap-page-{name}", State="begun"):
        assert word == "begun"
