"""Middleware before every route: size limit, same-site check, security headers."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.bearer import acting_by, api_token
from core.errors import Forbidden, SonghuaError
from gateway.web.bodies import largest_body
from gateway.web.problems import problem

READS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Every other method changes something, or may."""
PROOF = "x-songhua"
FOREIGN = (
    "/api/open311/",
    "/api/citizen/wechat",
    "/api/citizen/mails/",
    "/api/feed-events/",
    "/api/camera-pictures/",
)
"""Below these, programs of others prove themselves by a key of their own: no cookie reaches the routes."""
DRAIN = 4 * 1024 * 1024
"""Bytes that are still taken after a refusal: who is cut off while he sends does not see why."""
DRAIN_S = 2.0
HSTS = "max-age=31536000"
"""Browsers ask this host by TLS alone for a year. Without subdomains: they may be somebody else's."""


class TooLarge(SonghuaError):
    kind = "too-large"
    title = "The request is too large"
    status = 413


def content_security_policy(sip_ws: str, mqtt_ws: str) -> str:
    """Scripts from ourselves only; sockets to ourselves, the switch and the broker."""
    connect = " ".join(["'self'", *[one for one in (sip_ws, mqtt_ws) if one]])
    return (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data: blob:; media-src 'self' blob:; connect-src {connect}; "
        "object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )


class RequestGuard:
    """ASGI middleware. A changing `/api` request must carry `X-Songhua` or an API token: no foreign page can
    send either. With a token, and below `FOREIGN`, nothing behind this sees a cookie.
    """

    def __init__(self, app: ASGIApp, csp: str) -> None:
        self._app = app
        self._csp = csp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        acting_by.set("")
        by_token = scope["type"] in {"http", "websocket"} and (
            bool(api_token(Headers(scope=scope))) or scope["path"].startswith(FOREIGN)
        )
        if by_token:
            kept = [(name, value) for name, value in scope["headers"] if name.lower() != b"cookie"]
            scope = {**scope, "headers": kept}
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        send = self._with_headers(send, encrypted=scope.get("scheme") == "https")
        headers = Headers(scope=scope)
        changes = scope["method"] not in READS and scope["path"].startswith("/api")
        if changes and not by_token and PROOF not in headers:
            missing = Forbidden("the header X-Songhua is missing", remedy="send X-Songhua: 1")
            await _refuse(missing, scope, receive, send)
            return
        most = largest_body(scope["path"])
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > most:
            await _refuse(TooLarge(f"at most {most} bytes"), scope, receive, send)
            return
        exchange = _Exchange(receive, send, most)
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except TooLarge:
            if not exchange.too_large:
                raise
        if exchange.too_large and not exchange.answered:
            rest = _nothing if exchange.ended else receive
            await _refuse(TooLarge(f"at most {most} bytes"), scope, rest, send)

    def _with_headers(self, send: Send, *, encrypted: bool) -> Send:
        async def wrapped(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", self._csp)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "no-referrer")
                headers.setdefault("Cache-Control", "no-store")
                if encrypted:
                    headers.setdefault("Strict-Transport-Security", HSTS)
            await send(message)

        return wrapped


class _Exchange:
    """One request and its answer. A chunked body has no length header: what comes is counted, and whatever
    a route makes of one that is too large is no answer.
    """

    def __init__(self, receive: Receive, send: Send, most: int) -> None:
        self._receive = receive
        self._send = send
        self._left = most
        self.too_large = False
        self.ended = False
        """The whole body has come."""
        self.answered = False

    async def receive(self) -> Message:
        if self.too_large:
            raise TooLarge
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            self.ended = not message.get("more_body", False)
            if self._left < 0:
                self.too_large = True
                raise TooLarge
        return message

    async def send(self, message: Message) -> None:
        if self.answered or not self.too_large:
            self.answered = True
            await self._send(message)


async def _refuse(error: SonghuaError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer, read on for a moment so that the answer arrives, and end the connection."""
    refusal = problem(error)
    refusal.headers["Connection"] = "close"

    async def but_the_end(message: Message) -> None:
        await send({**message, "more_body": True} if message["type"] == "http.response.body" else message)

    await refusal(scope, receive, but_the_end)
    await _drain(receive)
    await send({"type": "http.response.body", "body": b""})


async def _nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _drain(receive: Receive) -> None:
    left = DRAIN
    try:
        async with asyncio.timeout(DRAIN_S):
            while left > 0:
                message = await receive()
                if not message.get("more_body", False):
                    return
                left -= len(message.get("body", b""))
    except TimeoutError:
        return
