"""What clients of other servers share."""

from __future__ import annotations

from typing import Any
from urllib.request import HTTPRedirectHandler


class NoRedirect(HTTPRedirectHandler):
    """The server is the one of the settings, and none that it names: a redirect is an `HTTPError`."""

    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        return None
