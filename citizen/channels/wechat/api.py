"""What we ask of the platform: the access token, media, and messages to a person.

One token serves everything; it is asked for once, however many wait for it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from citizen.channels.wechat.errors import WeChatAway, WeChatRefused
from citizen.channels.wechat.settings import WeChatSettings, WeChatTemplate
from citizen.channels.wechat.transport import WeChatTransport
from core.clock import Clock
from core.metrics import counter

_requests = counter("citizen_wechat_requests", "Requests to WeChat by what became of them", ["what", "fate"])

T = TypeVar("T")
MOST_JSON: Final = 64 * 1024
EARLY_S: Final = 300.0
"""A token is replaced so long before its end."""
LEAST_LIFE_S: Final = 60.0
SYSTEM_BUSY: Final = -1
TOKEN_REFUSED: Final = frozenset({40001, 40014, 42001})
OUT_OF_TIME: Final = 45015
"""The person has written nothing within 48 hours."""
LATER: Final = frozenset({SYSTEM_BUSY, 45009, 45011, 45047, 50002})
"""The platform is busy, or the account's quota of the day or the minute is used up."""


class WeChatApi:
    """Every method may raise `WeChatAway` (try later) and `WeChatRefused`;
    `media` also `WeChatTooLong`.
    """

    def __init__(self, settings: WeChatSettings, transport: WeChatTransport, clock: Clock) -> None:
        self._settings = settings
        self._transport = transport
        self._clock = clock
        self._token = ""
        self._until = 0.0
        self._one = asyncio.Lock()
        self.away = ""
        """Why the last request failed; empty once one has succeeded."""

    async def prove(self) -> None:
        """Ask for the token alone: whether AppID and AppSecret are accepted from this machine."""
        await self._valid_token(refused="")

    async def media(self, media_id: str, most: int) -> bytes:
        """A photo or voice message of at most so many bytes."""
        return await self._with_token("media", lambda token: self._media(token, media_id, most))

    async def say(self, openid: str, text: str) -> None:
        """By the customer-service interface: the person wrote within the last 48 hours."""
        message = {"touser": openid, "msgtype": "text", "text": {"content": text}}
        await self._post("say", "/cgi-bin/message/custom/send", message)

    async def tell_by_template(self, openid: str, template: WeChatTemplate, number: str, step: str) -> None:
        """A template message, at any time."""
        values = {template.number_field: {"value": number}, template.step_field: {"value": step[:20]}}
        message = {"touser": openid, "template_id": template.id, "data": values}
        await self._post("template", "/cgi-bin/message/template/send", message)

    async def _post(self, what: str, path: str, message: dict[str, Any]) -> None:
        async def post(token: str) -> None:
            # The platform shows escaped signs as they are written.
            body = json.dumps(message, ensure_ascii=False).encode()
            await self._json(f"{path}?{urlencode({'access_token': token})}", body)

        await self._with_token(what, post)

    async def _with_token(self, what: str, ask: Callable[[str], Awaitable[T]]) -> T:
        """Ask with the token, and once more with a new one where it is refused."""
        try:
            token = await self._valid_token(refused="")
            try:
                found = await ask(token)
            except WeChatRefused as error:
                if error.code not in TOKEN_REFUSED:
                    raise
                found = await ask(await self._valid_token(refused=token))
        except WeChatAway as error:
            self.away = error.detail or "no answer"
            _requests.labels(what, "away").inc()
            raise
        except WeChatRefused as error:
            self.away = f"errcode {error.code}" if error.code in TOKEN_REFUSED else ""
            _requests.labels(what, "refused").inc()
            raise
        self.away = ""
        _requests.labels(what, "done").inc()
        return found

    async def _valid_token(self, *, refused: str) -> str:
        """The token; a new one where it ends soon or is the refused one."""
        async with self._one:
            now = self._clock.monotonic()
            if self._token and self._token != refused and now < self._until:
                return self._token
            secret = self._settings.app_secret
            assert secret is not None  # the settings require it
            asked = {
                "grant_type": "client_credential",
                "appid": self._settings.app_id,
                "secret": secret.get_secret_value(),
                "force_refresh": bool(refused),
            }
            found = await self._json("/cgi-bin/stable_token", json.dumps(asked).encode())
            token, life = found.get("access_token"), found.get("expires_in")
            if not isinstance(token, str) or not token or not isinstance(life, int):
                raise WeChatAway("its token is none")
            self._token = token
            self._until = now + max(LEAST_LIFE_S, life - EARLY_S)
            return token

    async def _media(self, token: str, media_id: str, most: int) -> bytes:
        asked = urlencode({"access_token": token, "media_id": media_id})
        answer = await self._transport.ask(f"{self._settings.api}/cgi-bin/media/get?{asked}", None, most)
        if answer.kind in {"application/json", "text/plain"}:
            _require_done(answer.body)
            raise WeChatAway("it sent no media")
        return answer.body

    async def _json(self, path: str, body: bytes) -> dict[str, Any]:
        answer = await self._transport.ask(f"{self._settings.api}{path}", body, MOST_JSON)
        return _require_done(answer.body)


def _require_done(body: bytes) -> dict[str, Any]:
    """The object, where it says no error. Raises `WeChatAway`, `WeChatRefused`."""
    try:
        found = json.loads(body)
    except ValueError:
        raise WeChatAway("its answer is no JSON") from None
    if not isinstance(found, dict):
        raise WeChatAway("its answer is no object")
    code = found.get("errcode", 0)
    if not isinstance(code, int) or code in LATER:
        raise WeChatAway(f"errcode {code}")
    if code:
        raise WeChatRefused(code)
    return found
