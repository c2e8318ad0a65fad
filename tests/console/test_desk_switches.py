"""The city's other switches on the page of the shift, against a simulated gateway."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hotline.events import BoardView, OtherSwitchView, QueueMetricsView
from tests.console.contrast import contrast_faults
from tests.console.page import Page
from tests.console.seats import open_workspace
from tests.console.simulated_gateway import SimulatedGateway
from tests.console.test_accessibility import faults
from tests.console.test_desk_page import clean, picture, sign_in

pytestmark = pytest.mark.real


def figures(waiting: int, answered: int) -> QueueMetricsView:
    return QueueMetricsView(
        queue="", waiting=waiting, longest_since=None, longest_wait_s=0.0, offered_24h=0, answered_24h=0,
        abandoned_24h=0, connect_rate_24h=None, within_15s_24h=None, offered_today=answered,
        answered_today=answered, abandoned_today=0, connect_rate_today=None, within_15s_today=None,
        average_wait_today_s=None, average_talk_today_s=None,
    )  # fmt: skip


def other(switch: str, *, heard: bool) -> OtherSwitchView:
    at = datetime.now(UTC)
    return OtherSwitchView(switch=switch, heard=heard, at=at, total=figures(4, 211), agents={"ready": 7})


async def tell_board(gateway: SimulatedGateway, *others: OtherSwitchView) -> None:
    board = BoardView(
        at=datetime.now(UTC), total=figures(1, 90), queues=[], agents={"ready": 3}, callbacks_due=0,
        callbacks_open=0, callbacks_live=0, unheard=0, filled=True, others=list(others),
    )  # fmt: skip
    await gateway.tell("hotline.board_changed", board=board.model_dump(mode="json"))


async def test_a_supervisor_sees_the_other_switches_and_which_says_nothing(
    page: Page, gateway: SimulatedGateway
) -> None:
    await sign_in(page, gateway, "zhao.qiang")
    await open_workspace(page, "supervision")
    await tell_board(gateway)
    await page.until_text("tile-waiting", "1")
    assert not await page.has("other-switches"), "one switch alone shows nothing of others"
    await tell_board(gateway, other("south", heard=True), other("west", heard=False))
    await page.until_text("switch-south", "等待 4 · 就绪 7 · 今日接听 211")
    assert "收不到其中心的消息" in await page.text("switch-west")
    assert "211" not in await page.text("switch-west"), "figures of then are not shown as of now"
    assert await faults(page) == []
    assert await contrast_faults(page) == []
    await picture(page, "switches-zh")
    await page.choose("language", "en")
    await page.until_text("switch-south", "4 waiting · 7 ready · 211 answered today")
    await page.until_text("switch-west", "nothing is heard of its centre; its calls may go on")
    await picture(page, "switches-en")
    await tell_board(gateway, other("south", heard=False), other("west", heard=True))
    await page.until_attribute("switch-south", "data-heard", "false")
    await page.until_text("switch-west", "211")
    clean(page)
