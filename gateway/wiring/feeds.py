"""Carries the switch's messages to the subjects that follow them."""

from __future__ import annotations

from collections.abc import Sequence

from core.room import ServicePart
from gateway.ami.client import AmiClient
from gateway.wiring.hotline import Feed
from gateway.wiring.placing import PlacedFeed
from hotline.conferences.signals import EVENTS as INCIDENT_EVENTS
from hotline.outbound.callbacks.switch import EVENTS as CALLBACK_EVENTS
from hotline.outbound.switch import EVENTS as CALL_EVENTS
from hotline.service import Hotline
from radio_bridge.switch.compose import TalkgroupsOnSwitch
from radio_bridge.switch.conference.signals import EVENTS as CONFERENCE_EVENTS
from radio_bridge.switch.patches.service import EVENTS as PATCH_EVENTS


def switch_feeds(
    client: AmiClient, hotline: Hotline, talkgroups: TalkgroupsOnSwitch
) -> Sequence[ServicePart]:
    """In the order of the start: calls that we placed, conferences and patches, then everybody's calls. The
    first are the leading centre's; any other has its citizens' calls alone.
    """
    if not hotline.leads:
        return (Feed(client, hotline),)
    return (
        PlacedFeed("callbacks", client, hotline.callbacks, CALLBACK_EVENTS),
        *(PlacedFeed(calls.name, client, calls, CALL_EVENTS) for calls in hotline.automated),
        PlacedFeed(hotline.conferences.name, client, hotline.conferences, INCIDENT_EVENTS),
        PlacedFeed("conferences", client, talkgroups.conferences, CONFERENCE_EVENTS),
        *talkgroups.patching,
        PlacedFeed("patches", client, talkgroups.patches, PATCH_EVENTS),
        Feed(client, hotline),
    )
