"""`songhua wechat`: whether WeChat accepts the account of the settings."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import typer

from citizen.channels.wechat.api import WeChatApi
from citizen.channels.wechat.errors import WeChatAway, WeChatRefused
from citizen.channels.wechat.settings import WeChatSettings
from citizen.channels.wechat.transport import UrllibTransport
from core.clock import SystemClock
from gateway.commands.common import FAILED, ConfigOption, JsonOption, load, out, print_json, run

app = typer.Typer(help="The WeChat official account of citizens. 市民微信公众号。", no_args_is_help=True)


@dataclass(frozen=True, slots=True)
class AccountCheck:
    """`why` says what is wrong; empty where the platform accepts the account."""

    enabled: bool
    app_id: str
    encrypted: bool
    accepted: bool
    why: str = ""


@app.callback()
def _wechat() -> None:
    """The WeChat official account of citizens. 市民微信公众号。"""


@app.command()
def check(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Ask WeChat for an access token with AppID and AppSecret; nobody is sent anything.

    Exit codes: 0 accepted, 1 it is not, or WeChat does not answer, 3 the settings are wrong.
    """
    found = run(_checked(load(config).citizen.wechat))
    if as_json:
        print_json(asdict(found))
    elif found.accepted:
        out.print(f"WeChat accepts {found.app_id}", highlight=False)
    else:
        out.print(found.why, highlight=False)
    if not found.accepted:
        raise typer.Exit(FAILED)


async def _checked(settings: WeChatSettings) -> AccountCheck:
    accepted, why = False, ""
    if not settings.enabled:
        why = "citizen.wechat is not enabled"
    else:
        transport = UrllibTransport()
        try:
            await WeChatApi(settings, transport, SystemClock()).prove()
            accepted = True
        except WeChatRefused as error:
            why = f"WeChat refuses AppID, AppSecret or the address of this machine ({error.detail})"
        except WeChatAway as error:
            why = f"WeChat does not answer ({error.detail})"
        finally:
            transport.close()
    return AccountCheck(settings.enabled, settings.app_id, settings.encrypted, accepted, why)
