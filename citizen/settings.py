"""Settings of this room: how long reports are kept, and one section for each channel."""

from __future__ import annotations

from pydantic import Field

from citizen.channels.open311.settings import Open311Settings
from citizen.channels.text_message.settings import SmsChannelSettings
from citizen.channels.web_form.settings import WebFormSettings
from citizen.channels.wechat.settings import WeChatSettings
from citizen.mails.settings import NoticeMailSettings
from core.models import Strict


class CitizenSettings(Strict):
    timezone_h: float = Field(default=8.0, ge=-12, le=14, description="hours ahead of UTC")
    kept_days: int = Field(
        default=365, ge=30, le=3650, description="then a report's words, pictures and reporter are erased"
    )
    web_form: WebFormSettings = WebFormSettings()
    open311: Open311Settings = Open311Settings()
    wechat: WeChatSettings = WeChatSettings()
    text_message: SmsChannelSettings = SmsChannelSettings()
    email: NoticeMailSettings = NoticeMailSettings()
    message_doubt_s: float = Field(
        default=900.0,
        ge=1,
        le=86_400,
        description="a message without an answer waits so long for its receipt; then it is sent once more",
    )
