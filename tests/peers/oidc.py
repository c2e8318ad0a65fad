"""npm's oidc-provider as the OpenID provider of a test: scripts/setup installs it beside this file."""

from __future__ import annotations

import html
import json
import re
import shutil
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import aiohttp

from tests.peers.checkout import CHECKOUT
from tests.peers.ports import free_port, release
from tests.peers.program import Program

FOLDER = CHECKOUT / "tests" / "peers" / "oidc_provider"
CLIENT = "songhua"
SECRET = "a-secret-of-this-test"  # opens nothing
CALLBACK = "/api/session/provider/callback"


def lacking() -> str:
    """Why there is none here; empty when there is."""
    there = shutil.which("node") and (FOLDER / "node_modules" / "oidc-provider").is_dir()
    return "" if there else "oidc-provider is not installed: scripts/setup --only provider"


class OidcPeer:
    """`accounts` are claims by login. `desks` are addresses to which it sends browsers back."""

    def __init__(self, folder: Path, accounts: Mapping[str, Mapping[str, Any]], desks: Sequence[str]) -> None:
        self.port = free_port()
        self._folder = folder
        self._accounts = accounts
        self._desks = desks
        self._program: Program | None = None

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *, kid: str = "first") -> None:
        """With keys of its own, called `kid`."""
        told = {
            "port": self.port, "client": CLIENT, "secret": SECRET, "kid": kid, "accounts": self._accounts,
            "redirects": [f"{desk}{CALLBACK}" for desk in self._desks],
            "signedOut": [f"{desk}/desk/" for desk in self._desks],
        }  # fmt: skip
        self._program = Program(
            ["node", FOLDER / "provider.mjs"], log=self._folder / "provider.log", cwd=FOLDER,
            env={"SONGHUA_OIDC_PEER": json.dumps(told)},
        )  # fmt: skip
        self._program.wait_until(self._answers, what="an OpenID provider that answers")

    def stop(self) -> None:
        if self._program is not None:
            self._program.stop(5)
            self._program = None

    def close(self) -> None:
        self.stop()
        release(self.port)

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.issuer}/.well-known/openid-configuration", timeout=1).close()
        except OSError:
            return False
        return True


async def through(client: aiohttp.ClientSession, there: str, login: str) -> str:
    """Sign in at the provider's own pages as a browser does; where it sends the browser back to."""
    at = there
    for _ in range(8):
        if CALLBACK in at:
            return at
        answer = await client.get(at, allow_redirects=False)
        if answer.status == 200:
            page = await answer.text()
            form = re.search(r'action="([^"]+)"', page)
            assert form is not None, page[:500]
            filled = {"prompt": "login", "login": login, "password": "any"}
            answer = await client.post(
                urljoin(at, html.unescape(form.group(1))), data=filled, allow_redirects=False
            )
        assert answer.status in {302, 303}, (answer.status, await answer.text())
        at = urljoin(at, answer.headers["Location"])
    raise AssertionError(f"the provider does not send back: {at}")
