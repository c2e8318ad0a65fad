"""A unit's page in a talkgroup's conference is no call of the hotline, neither live nor in the ledger."""

from __future__ import annotations

from cdr.calls.projection import Parties, project
from cdr.cel.model import UNIT_PAGE as LEDGERS
from gateway.asterisk.settings import UNIT_PAGES
from hotline.signals import UNIT_PAGE
from tests.cdr.script import Script
from tests.hotline.stream import message
from tests.hotline.world import CallScript, World

CHANNEL = f"PJSIP/{UNIT_PAGES}-0000002a"


def test_both_rooms_know_it_by_the_name_of_its_account() -> None:
    assert f"PJSIP/{UNIT_PAGES}-" == UNIT_PAGE == LEDGERS


async def test_it_is_on_no_board_and_a_call_beside_it_is(world: World) -> None:
    page = {
        "Uniqueid": "hl-9.9", "Linkedid": "hl-9.9", "Channel": CHANNEL, "ChannelState": "4",
        "Context": UNIT_PAGES, "Exten": "0123456789abcdef",
    }  # fmt: skip
    await world.plays(
        [
            message("Newchannel", **page),
            message("Newstate", **{**page, "ChannelState": "6"}),
            message("BridgeEnter", BridgeUniqueid="b9", BridgeType="base", **page),
            *CallScript().arrives(),
        ]
    )
    (call,) = world.hotline.board.calls()
    assert CHANNEL not in str(call)
    await world.plays([message("BridgeLeave", BridgeUniqueid="b9", **page), message("Hangup", **page)])
    await world.connect(channels=[message("CoreShowChannel", **{**page, "ChannelState": "6"})])
    assert world.hotline.board.calls() == []


def test_the_ledger_makes_no_call_of_it() -> None:
    told = Script().start("page", channel=CHANNEL).event("ANSWER", "page").hangup("page").end("page")
    assert project("hl", told.rows, parties=Parties()) is None
