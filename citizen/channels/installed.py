"""The channels of this version: a new one is named here, in `citizen.settings` and in `citizen.rights`."""

from __future__ import annotations

from collections.abc import Sequence

from citizen.channels.open311.channel import Open311
from citizen.channels.text_message.channel import Sms
from citizen.channels.web_form.channel import WebForm
from citizen.channels.wechat.channel import WeChat
from citizen.channels.wechat.examine import examined as wechat_examined
from citizen.contract import Channel, ChannelCheck, ChannelPorts
from citizen.settings import CitizenSettings


def channels(settings: CitizenSettings, ports: ChannelPorts) -> Sequence[Channel]:
    """Each channel, switched on or not."""
    return (
        WebForm(settings.web_form, ports),
        Open311(settings.open311, ports),
        Sms(settings.text_message, ports),
        WeChat(settings.wechat, ports),
    )


async def examined(settings: CitizenSettings) -> Sequence[ChannelCheck]:
    """Each channel: whether it is on, and whether its peer accepts us. Nobody is sent anything."""
    return (
        ChannelCheck("web_form", settings.web_form.enabled),
        ChannelCheck("open311", settings.open311.enabled),
        await wechat_examined(settings.wechat),
    )
