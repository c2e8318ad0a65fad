"""Whether the platform accepts the account of the settings."""

from __future__ import annotations

from citizen.channels.wechat.api import WeChatApi
from citizen.channels.wechat.errors import WeChatAway, WeChatRefused
from citizen.channels.wechat.settings import WeChatSettings
from citizen.channels.wechat.transport import UrllibTransport
from citizen.contract import ChannelCheck
from core.clock import SystemClock


async def examined(settings: WeChatSettings) -> ChannelCheck:
    """Asks for an access token; nobody is sent anything."""
    if not settings.enabled:
        return ChannelCheck("wechat", enabled=False)
    transport = UrllibTransport()
    try:
        await WeChatApi(settings, transport, SystemClock()).prove()
    except WeChatRefused as error:
        why = f"WeChat refuses AppID, AppSecret or the address of this machine ({error.detail})"
    except WeChatAway as error:
        why = f"WeChat does not answer ({error.detail})"
    else:
        why = ""
    finally:
        transport.close()
    return ChannelCheck("wechat", enabled=True, why=why)
