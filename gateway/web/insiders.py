"""Who may read health details, metrics and the OpenAPI document: this machine, named addresses, holders of
the token, and signed-in people. Everybody else only learns that the service answers.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from starlette.requests import HTTPConnection

from core.bearer import api_token
from core.errors import SonghuaError, Unauthenticated
from core.listening import Addresses, AddressRange
from gateway.web.peer import address_of, from_this_machine

BEARER = "Bearer "
Viewer = Callable[[HTTPConnection], Awaitable[Any]]
"""Who is signed in. Raises `Unauthenticated`, `Forbidden` for an API token that is for something else, and
`Unavailable` while nobody can say.
"""


async def nobody(_request: HTTPConnection) -> None:
    """The viewer of a role at which nobody can sign in."""
    raise Unauthenticated


class InternalReaders:
    """`trusted`: proxies whose word about an address counts."""

    def __init__(
        self,
        *,
        addresses: Iterable[AddressRange] = (),
        token: str = "",
        trusted: Addresses | None = None,
        viewer: Viewer = nobody,
    ) -> None:
        self._addresses = Addresses(addresses)
        self._token = token.encode()
        self._trusted = trusted or Addresses()
        self._viewer = viewer

    async def admits(self, request: HTTPConnection) -> bool:
        if from_this_machine(request.scope):
            return True
        if address_of(request.scope, self._trusted) in self._addresses:
            return True
        return self._has_token(request) or await self._is_signed_in(request)

    async def require(self, request: HTTPConnection) -> None:
        """Raises `Unauthenticated`."""
        if not await self.admits(request):
            raise Unauthenticated(
                remedy="sign in, or name the reader's address in metrics.addresses, or set metrics.token"
            )

    def _has_token(self, request: HTTPConnection) -> bool:
        shown = request.headers.get("authorization", "")
        if not self._token or not shown.startswith(BEARER):
            return False
        return hmac.compare_digest(shown.removeprefix(BEARER).encode(), self._token)

    async def _is_signed_in(self, request: HTTPConnection) -> bool:
        if not (request.cookies or api_token(request.headers)):
            return False
        try:
            await self._viewer(request)
        except SonghuaError:
            return False
        return True
