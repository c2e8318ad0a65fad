"""The channels of this version: a new one is named here, in `citizen.settings` and in `citizen.rights`."""

from __future__ import annotations

from collections.abc import Sequence

from citizen.channels.open311.channel import Open311
from citizen.channels.text_message.channel import Sms
from citizen.channels.web_form.channel import WebForm
from citizen.channels.wechat.channel import WeChat
from citizen.contract import Channel, ChannelPorts
from citizen.settings import CitizenSettings


def channels(settings: CitizenSettings, ports: ChannelPorts) -> Sequence[Channel]:
    """Each channel, switched on or not."""
    return (
        WebForm(settings.web_form, ports),
        Open311(settings.open311, ports),
        Sms(settings.text_message, ports),
        WeChat(settings.wechat, ports),
    )
