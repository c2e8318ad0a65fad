"""What every request passes before a route sees it: size limit, proof of same site, safe headers."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import Forbidden, SonghuaError
from gateway.web.problems import problem

MAX_BODY = 1024 * 1024
MAX_SOUND = 20 * 1024 * 1024
SOUNDS = "/api/ivr/prompts/"
"""Below it people upload sound files."""
CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
PROOF = "x-songhua"


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
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )


class Guard:
    """ASGI middleware. A changing `/api` request must carry `X-Songhua`: no foreign page can send it."""

    def __init__(self, app: ASGIApp, csp: str) -> None:
        self._app = app
        self._csp = csp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if scope["method"] in CHANGES and scope["path"].startswith("/api") and PROOF not in headers:
            refusal = problem(Forbidden("the header X-Songhua is missing", remedy="send X-Songhua: 1"))
            await refusal(scope, receive, send)
            return
        most = MAX_SOUND if scope["path"].startswith(SOUNDS) else MAX_BODY
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > most:
            await problem(TooLarge(f"at most {most} bytes"))(scope, receive, send)
            return
        await self._app(scope, _limited(receive, most), self._with_headers(send))

    def _with_headers(self, send: Send) -> Send:
        async def wrapped(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", self._csp)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "no-referrer")
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        return wrapped


def _limited(receive: Receive, most: int) -> Receive:
    """A chunked body has no length header: count what comes."""
    total = 0

    async def wrapped() -> Message:
        nonlocal total
        message = await receive()
        if message["type"] == "http.request":
            total += len(message.get("body", b""))
            if total > most:
                raise TooLarge(f"at most {most} bytes")
        return message

    return wrapped
