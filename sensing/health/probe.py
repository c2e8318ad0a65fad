"""Asks a camera whether it answers: a connection, and one question that costs it nothing."""

from __future__ import annotations

import asyncio
import ssl

from core.listening import Addresses
from sensing.asking.target import CameraTarget, target_of
from sensing.asking.wire import connected, read_head, request
from sensing.cameras.store import CameraState
from sensing.errors import CameraFault, NoPicture
from sensing.onvif.client import posted, service_of
from sensing.onvif.messages import GET_CLOCK


async def probe(address: str, networks: Addresses, wait_s: float) -> tuple[CameraState, str]:
    """Its state, and why it is away. Whoever answers in HTTP or RTSP is up, whatever he answers."""
    try:
        async with asyncio.timeout(wait_s):
            await _ask(await target_of(address, networks))
    except TimeoutError:
        return CameraState.AWAY, CameraFault.SLOW.value
    except NoPicture as error:
        return CameraState.AWAY, error.fault.value
    return CameraState.UP, ""


async def _ask(target: CameraTarget) -> None:
    tls = ssl.create_default_context() if target.scheme == "https" else None
    async with connected(target, tls) as (reader, writer):
        if target.scheme == "rtsp":
            asked = request("OPTIONS", target.url, "RTSP/1.0", {"CSeq": "1", "User-Agent": "songhua"})
        elif target.scheme == "onvif":
            asked = posted(service_of(target), GET_CLOCK)
        else:
            headers = {"Host": target.authority, "User-Agent": "songhua", "Connection": "close"}
            asked = request("HEAD", target.path, "HTTP/1.1", headers)
        writer.write(asked)
        await writer.drain()
        await read_head(reader)
