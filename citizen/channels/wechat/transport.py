"""HTTP to the platform: each request with a deadline and a size limit, and no redirect is followed."""

from __future__ import annotations

import asyncio
import http.client
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Protocol

from citizen.channels.wechat.errors import WeChatAway, WeChatTooLong
from core.http_client import NoRedirect

DEADLINE_S: Final = 8.0
AT_ONCE: Final = 8


@dataclass(frozen=True, slots=True)
class WeChatAnswer:
    """`kind` is the media type without parameters."""

    kind: str
    body: bytes


class WeChatTransport(Protocol):
    async def ask(self, address: str, body: bytes | None, most: int) -> WeChatAnswer:
        """GET, or POST with a body in JSON; at most so many bytes. Raises `WeChatAway`,
        `WeChatTooLong`.
        """
        ...


class UrllibTransport:
    """On threads of its own: while the platform hangs, nothing else waits for one."""

    def __init__(self, deadline_s: float = DEADLINE_S) -> None:
        self._deadline_s = deadline_s
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="wechat")

    async def ask(self, address: str, body: bytes | None, most: int) -> WeChatAnswer:
        """As `WeChatTransport.ask`."""
        asked = asyncio.get_running_loop().run_in_executor(self._threads, self._fetch, address, body, most)
        try:
            async with asyncio.timeout(2 * self._deadline_s):
                return await asked
        except (OSError, ValueError, http.client.HTTPException) as error:
            # The address holds the access token: nothing of the error is repeated.
            raise WeChatAway(type(error).__name__, remedy="wait, or check the way to the internet") from None

    def close(self) -> None:
        """Wait for nothing."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _fetch(self, address: str, body: bytes | None, most: int) -> WeChatAnswer:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        request = urllib.request.Request(address, data=body, headers=headers)  # noqa: S310  # settings: https
        with urllib.request.build_opener(NoRedirect).open(request, timeout=self._deadline_s) as answer:
            found: bytes = answer.read(most + 1)
            kind = answer.headers.get_content_type()
        if len(found) > most:
            raise WeChatTooLong(f"over {most} bytes", remedy="send something smaller")
        return WeChatAnswer(kind, found)
