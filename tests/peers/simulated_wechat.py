"""A simulated WeChat server: access tokens, media, messages to people, and the messages of people to an
account's address, signed, encrypted, and repeated when no answer comes in time.

It imports nothing of the product and is made from the platform's documentation alone; it is no test against
WeChat itself.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import secrets
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

from aiohttp import ClientError, ClientSession, ClientTimeout, web
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.peers.ports import free_port, release

ATTEMPTS = 3


@dataclass
class Sent:
    """A message that the account sent: `custom` or `template`."""

    way: str
    openid: str
    body: dict[str, Any]

    @property
    def text(self) -> str:
        return str(self.body.get("text", {}).get("content", ""))


@dataclass
class Delivered:
    """What became of a message: the texts of the attempts, None for one without an answer in time."""

    statuses: list[int | None] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    @property
    def answer(self) -> str:
        return self.answers[-1] if self.answers else ""


@dataclass
class SimulatedWeChat:
    """`down` answers nothing but 503; `failures` are errcodes of the next requests to send; `expire` makes
    the token invalid before its time.
    """

    app_id: str = "wx0123456789abcdef"
    secret: str = "0123456789abcdef0123456789abcdef"
    token: str = "a-token-of-the-account"
    aes_key: str = field(default_factory=lambda: base64.b64encode(os.urandom(32)).decode()[:43])
    account: str = "gh_0123456789ab"
    answer_within_s: float = 5.0
    address: str = ""
    down: bool = False
    failures: list[int] = field(default_factory=list)
    out_of_time: set[str] = field(default_factory=set)
    media: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    """Media that the platform has trouble with for the moment."""
    sent: list[Sent] = field(default_factory=list)
    tokens_given: int = 0
    _valid: str = ""
    _next_id: int = field(default_factory=lambda: 7_000_000_000_000_000_000 + secrets.randbits(40))

    def expire(self) -> None:
        self._valid = ""

    def upload(self, content: bytes, kind: str = "image/jpeg") -> str:
        """A person sends a picture or a voice: its media id."""
        media_id = secrets.token_urlsafe(24)
        self.media[media_id] = (kind, content)
        return media_id

    def told(self, openid: str) -> list[str]:
        """The texts that this person was sent."""
        return [one.text for one in self.sent if one.openid == openid and one.way == "custom"]

    # What people do.

    async def say(self, to: str, openid: str, text: str, **options: Any) -> Delivered:
        return await self.deliver(to, openid, "text", {"Content": text}, **options)

    async def picture(self, to: str, openid: str, content: bytes, **options: Any) -> Delivered:
        media_id = self.upload(content)
        said = {"PicUrl": "http://mmbiz.example.org/p", "MediaId": media_id}
        return await self.deliver(to, openid, "image", said, **options)

    async def voice(self, to: str, openid: str, content: bytes, recognition: str = "") -> Delivered:
        media_id = self.upload(content, "voice/amr")
        said = {"MediaId": media_id, "Format": "amr", "Recognition": recognition}
        return await self.deliver(to, openid, "voice", said)

    async def location(self, to: str, openid: str, lat: float, lon: float, label: str = "") -> Delivered:
        said = {"Location_X": str(lat), "Location_Y": str(lon), "Scale": "16", "Label": label}
        return await self.deliver(to, openid, "location", said)

    async def event(self, to: str, openid: str, event: str, key: str = "") -> Delivered:
        return await self.deliver(to, openid, "event", {"Event": event, "EventKey": key})

    async def deliver(
        self, to: str, openid: str, kind: str, said: dict[str, str], *, plain: bool = False,
        msg_id: int | None = None, attempts: int = ATTEMPTS,
    ) -> Delivered:  # fmt: skip
        """To the address, again where no answer comes in time or it is no 200."""
        self._next_id += 1
        fields = {
            "ToUserName": self.account, "FromUserName": openid, "CreateTime": str(int(time.time())),
            "MsgType": kind, **said,
        }  # fmt: skip
        if kind != "event":
            fields["MsgId"] = str(msg_id or self._next_id)
        body = self.xml(fields)
        found = Delivered()
        for _ in range(attempts):
            status, answer = await self.post(to, body, plain=plain)
            found.statuses.append(status)
            if status == 200:
                found.answers.append(answer)
                break
        return found

    async def post(self, to: str, body: bytes, *, plain: bool = False) -> tuple[int | None, str]:
        """One attempt: status and text of the answer."""
        stamp, nonce = str(int(time.time())), secrets.token_hex(5)
        query = {"signature": sign(self.token, stamp, nonce), "timestamp": stamp, "nonce": nonce}
        if not plain:
            sealed = self.encrypt(body)
            query |= {"encrypt_type": "aes", "msg_signature": sign(self.token, stamp, nonce, sealed)}
            body = self.xml({"ToUserName": self.account, "Encrypt": sealed})
        timeout = ClientTimeout(total=self.answer_within_s)
        try:
            async with (
                ClientSession(timeout=timeout) as session,
                session.post(to, params=query, data=body, headers={"Content-Type": "text/xml"}) as answer,
            ):
                text = await answer.text()
                return answer.status, self._opened(text, plain=plain) if answer.status == 200 else text
        except (TimeoutError, ClientError):
            return None, ""

    async def check_address(self, to: str, token: str | None = None) -> tuple[int, str]:
        """As the platform checks an address that was entered."""
        stamp, nonce = str(int(time.time())), secrets.token_hex(5)
        query = {
            "signature": sign(token or self.token, stamp, nonce), "timestamp": stamp, "nonce": nonce,
            "echostr": "4370938214789012",
        }  # fmt: skip
        async with ClientSession() as session, session.get(to, params=query) as answer:
            return answer.status, await answer.text()

    def _opened(self, text: str, *, plain: bool) -> str:
        """The words of a passive answer; empty for `success`."""
        if text in {"", "success"}:
            return ""
        fields = {one.tag: one.text or "" for one in ET.fromstring(text)}
        if not plain:
            signed = sign(self.token, fields["TimeStamp"], fields["Nonce"], fields["Encrypt"])
            assert signed == fields["MsgSignature"], "the answer is signed"
            fields = {one.tag: one.text or "" for one in ET.fromstring(self.decrypt(fields["Encrypt"]))}
        assert fields["FromUserName"] == self.account
        return fields["Content"]

    # The platform's signs and seals.

    @staticmethod
    def xml(fields: dict[str, str]) -> bytes:
        root = ET.Element("xml")
        for name, text in fields.items():
            ET.SubElement(root, name).text = text
        return bytes(ET.tostring(root, encoding="utf-8"))

    def _cipher(self) -> Cipher[modes.CBC]:
        key = base64.b64decode(self.aes_key + "=")
        return Cipher(algorithms.AES(key), modes.CBC(key[:16]))

    def encrypt(self, message: bytes, app_id: str | None = None) -> str:
        plain = os.urandom(16) + struct.pack("!I", len(message)) + message + (app_id or self.app_id).encode()
        padder = padding.PKCS7(256).padder()
        encryptor = self._cipher().encryptor()
        padded = padder.update(plain) + padder.finalize()
        return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()

    def decrypt(self, text: str) -> bytes:
        decryptor = self._cipher().decryptor()
        padded = decryptor.update(base64.b64decode(text)) + decryptor.finalize()
        unpadder = padding.PKCS7(256).unpadder()
        plain = unpadder.update(padded) + unpadder.finalize()
        (length,) = struct.unpack("!I", plain[16:20])
        assert plain[20 + length :] == self.app_id.encode()
        return bytes(plain[20 : 20 + length])

    # The interface that the account calls.

    async def _token(self, request: web.Request) -> web.Response:
        asked = await request.json()
        if asked["appid"] != self.app_id or asked["secret"] != self.secret:
            return web.json_response({"errcode": 40125, "errmsg": "invalid appsecret"})
        self.tokens_given += 1
        if not self._valid or asked.get("force_refresh"):
            self._valid = secrets.token_hex(32)
        return web.json_response({"access_token": self._valid, "expires_in": 7200})

    async def _media(self, request: web.Request) -> web.StreamResponse:
        if refused := self._refused(request):
            return refused
        media_id = request.query["media_id"]
        if media_id in self.held:
            return web.json_response({"errcode": -1, "errmsg": "system busy"})
        if media_id not in self.media:
            return web.json_response({"errcode": 40007, "errmsg": "invalid media_id"})
        kind, content = self.media[media_id]
        return web.Response(body=content, content_type=kind)

    async def _send(self, request: web.Request) -> web.StreamResponse:
        if refused := self._refused(request):
            return refused
        if self.failures:
            return web.json_response({"errcode": self.failures.pop(0), "errmsg": "as the test says"})
        body = await request.json()
        way = "template" if "template" in request.path else "custom"
        if way == "custom" and body["touser"] in self.out_of_time:
            return web.json_response({"errcode": 45015, "errmsg": "response out of time limit"})
        self.sent.append(Sent(way, body["touser"], body))
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    def _refused(self, request: web.Request) -> web.Response | None:
        if not self._valid or request.query.get("access_token") != self._valid:
            return web.json_response({"errcode": 40001, "errmsg": "invalid credential"})
        return None

    @web.middleware
    async def _up(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if self.down:
            return web.Response(status=503)
        found: web.StreamResponse = await handler(request)
        return found

    @asynccontextmanager
    async def running(self) -> AsyncIterator[SimulatedWeChat]:
        """With its interface at `address`."""
        app = web.Application(middlewares=[self._up])
        app.router.add_post("/cgi-bin/stable_token", self._token)
        app.router.add_get("/cgi-bin/media/get", self._media)
        app.router.add_post("/cgi-bin/message/custom/send", self._send)
        app.router.add_post("/cgi-bin/message/template/send", self._send)
        port = free_port()
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        self.address = f"http://127.0.0.1:{port}"
        try:
            yield self
        finally:
            await runner.cleanup()
            release(port)


def sign(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


async def settle(look: Any, within_s: float = 10.0) -> None:
    """Wait until `look` holds."""
    async with asyncio.timeout(within_s):
        while not look():
            await asyncio.sleep(0.02)
