"""The address that the platform calls: the check of the address, and each message."""

import asyncio
from collections.abc import Callable
from typing import Final

from fastapi import APIRouter, Request, Response

from citizen.channels.wechat.codec import (
    WeChatMessage,
    encrypted_answer,
    fields_of,
    message_of,
    text_answer,
)
from citizen.channels.wechat.crypto import MessageCipher
from citizen.channels.wechat.dialogues import WeChatDialogues
from citizen.channels.wechat.errors import WeChatUnproved
from citizen.channels.wechat.settings import WeChatSettings
from citizen.channels.wechat.signature import ReplayWindow, require_signature, signature_of
from citizen.contract import ChannelPorts
from citizen.errors import ChannelOff
from core.errors import SonghuaError, Unavailable
from core.metrics import counter, histogram
from core.routes import RoomRouter

ANSWER_S: Final = 4.0
"""The platform waits for five seconds, then it sends the message again."""
NOTHING: Final = b"success"
"""What the platform takes for an answer without words."""
_refused = counter("citizen_wechat_refused", "Requests at WeChat's address that were refused", ["why"])
_seconds = histogram(
    "citizen_wechat_answer_seconds",
    "Time until a message of WeChat was answered",
    (0.01, 0.05, 0.1, 0.5, 1, 2, 4, 5),
)


class _Gate:
    """Checks that a request is the platform's, and opens and seals its messages."""

    def __init__(self, settings: WeChatSettings, ports: ChannelPorts) -> None:
        self._settings = settings
        self._ports = ports
        self._window = ReplayWindow()
        key = settings.encoding_aes_key
        self._cipher = MessageCipher(key.get_secret_value(), settings.app_id) if key else None

    @property
    def _token(self) -> str:
        token = self._settings.token
        return "" if token is None else token.get_secret_value()

    def require_on(self) -> None:
        if not self._settings.enabled or not self._token:
            raise ChannelOff(remedy="switch on [citizen.wechat]")

    def check_address(self, asked: Request) -> str:
        """The `echostr` of a request that is signed. Raises `WeChatUnproved`."""
        query = asked.query_params
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        require_signature(query.get("signature", ""), self._token, timestamp, nonce)
        echo = query.get("echostr", "")
        self._window.require(timestamp, nonce, echo.encode(), self._now())
        return echo[:256]

    def opened(self, asked: Request, body: bytes) -> tuple[WeChatMessage, bool]:
        """The message, and whether it was encrypted. Raises `WeChatUnproved`, `WeChatMalformed`."""
        query = asked.query_params
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        require_signature(query.get("signature", ""), self._token, timestamp, nonce)
        fields = fields_of(body)
        sealed = fields.get("Encrypt", "")
        if query.get("encrypt_type") == "aes" or sealed:
            if self._cipher is None:
                raise WeChatUnproved("it is encrypted, and there is no key", remedy="set encoding_aes_key")
            require_signature(query.get("msg_signature", ""), self._token, timestamp, nonce, sealed)
            fields = fields_of(self._cipher.decrypted(sealed))
        elif self._settings.encrypted:
            raise WeChatUnproved("it is not encrypted", remedy="choose the safe mode on the account's page")
        self._window.require(timestamp, nonce, body, self._now())
        return message_of(fields), bool(sealed)

    def answer(self, to: WeChatMessage, text: str, *, encrypted: bool, nonce: str) -> bytes:
        if not text:
            return NOTHING
        created = int(self._now())
        plain = text_answer(to, created, text)
        if not encrypted or self._cipher is None:
            return plain
        sealed = self._cipher.encrypted(plain)
        signed = signature_of(self._token, str(created), nonce, sealed)
        return encrypted_answer(sealed, signed, str(created), nonce)

    def _now(self) -> float:
        return self._ports.clock.now().timestamp()


def routes(
    settings: WeChatSettings, ports: ChannelPorts, dialogues: WeChatDialogues, wake: Callable[[], None]
) -> APIRouter:
    public = RoomRouter(tags=["wechat"], default_response_class=Response)
    gate = _Gate(settings, ports)

    @public.get("/citizen/wechat")
    async def check(request: Request) -> Response:
        """The platform's check of this address: the answer repeats `echostr`."""
        gate.require_on()
        try:
            return Response(gate.check_address(request), media_type="text/plain")
        except SonghuaError as error:
            _refused.labels(error.kind).inc()
            raise

    @public.post("/citizen/wechat")
    async def message(request: Request) -> Response:
        """A message or event of the platform. The answer is a passive reply, or `success`."""
        gate.require_on()
        with _seconds.time():
            try:
                found, encrypted = gate.opened(request, await request.body())
            except SonghuaError as error:
                _refused.labels(error.kind).inc()
                raise
            try:
                async with asyncio.timeout(ANSWER_S):
                    says = await dialogues.take(found)
            except TimeoutError:
                raise Unavailable(remedy="send it again") from None
            wake()
            nonce = request.query_params.get("nonce", "")
            body = gate.answer(found, says, encrypted=encrypted, nonce=nonce)
        return Response(body, media_type="text/xml" if says else "text/plain")

    return public
