"""One JPEG of a camera by HTTP(S): no redirect is followed, and no more is read than a picture may have."""

from __future__ import annotations

import ssl
from typing import Final

from sensing.asking.auth import CameraLogin, answer
from sensing.asking.target import CameraTarget
from sensing.asking.wire import AnswerHead, connected, read_body, read_head, request
from sensing.errors import CameraFault, NoPicture

MOST_BYTES: Final = 12 * 1024 * 1024
JPEG: Final = b"\xff\xd8"


async def snapshot(target: CameraTarget, login: CameraLogin | None) -> bytes:
    """The bytes of the picture. Raises `NoPicture`. The caller limits the time."""
    head, body = await _get(target, "")
    if head.status == 401 and login is not None:
        proof = answer(head.headers.get("www-authenticate", ()), login, "GET", target.path)
        if proof:
            head, body = await _get(target, proof)
    require_success(head)
    if not body.startswith(JPEG):
        raise NoPicture(CameraFault.BROKEN, "what it sends is no JPEG")
    return body


async def _get(target: CameraTarget, proof: str) -> tuple[AnswerHead, bytes]:
    headers = {
        "Host": target.authority,
        "User-Agent": "songhua",
        "Accept": "image/jpeg",
        "Connection": "close",
    }
    if proof:
        headers["Authorization"] = proof
    tls = ssl.create_default_context() if target.scheme == "https" else None
    async with connected(target, tls) as (reader, writer):
        writer.write(request("GET", target.path, "HTTP/1.1", headers))
        await writer.drain()
        head = await read_head(reader)
        body = await read_body(reader, head, MOST_BYTES) if head.status == 200 else b""
        return head, body


def require_success(head: AnswerHead) -> None:
    """Raises `NoPicture` with the cause that the status says."""
    if 300 <= head.status < 400:
        raise NoPicture(CameraFault.REDIRECTS)
    if head.status in {401, 403}:
        raise NoPicture(CameraFault.UNAUTHORISED)
    if not 200 <= head.status < 300:
        raise NoPicture(CameraFault.REFUSED, f"it answers {head.status}")
