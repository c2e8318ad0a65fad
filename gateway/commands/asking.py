"""Requests of commands to the running service, in the name of a signed-in person."""

from __future__ import annotations

import http.client
import http.cookiejar
import json
import os
import shutil
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from core.errors import Unavailable
from gateway.commands.common import FAILED, ConfigOption, err, fail, load
from gateway.settings import Settings
from gateway.tls.client import for_others, for_own

PASSWORD_VARIABLE = "SONGHUA_PASSWORD"  # noqa: S105  # the variable's name
CODE_VARIABLE = "SONGHUA_CODE"
"""Of the second factor of who signs in."""
DEADLINE_S = 5.0

User = Annotated[
    str,
    typer.Option(
        help="The user; the password comes from SONGHUA_PASSWORD or a prompt. 用户。", envvar="SONGHUA_USER"
    ),
]
Url = Annotated[str, typer.Option(help="Where the service is; from the settings by default. 服务地址。")]


class RunningService:
    """The running service as one signed-in person sees it. A refusal, or its silence, is `Unavailable`."""

    def __init__(self, address: str, trust: ssl.SSLContext | None = None) -> None:
        """`trust` says whose certificate is taken where the address is one of HTTPS: that of the machine's
        authorities by default.
        """
        self._address = address.rstrip("/")
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar, urllib.request.HTTPSHandler(context=trust))

    def sign_in(self, user: str, password: str, code: Callable[[], str]) -> None:
        """`code` is asked for when this person has a second factor."""
        said = self.ask("POST", "/api/session", {"user": user, "password": password})
        if isinstance(said, dict) and said.get("next") == "second-factor":
            self.ask("POST", "/api/session/second", {"ticket": said["ticket"], "code": code()})

    def ask(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with self._answer(method, path, data) as answer:
            said = _read(answer)
        try:
            return json.loads(said or b"null")
        except ValueError as error:
            raise Unavailable(
                f"what answers at {self._address} is no such service", remedy="see --url"
            ) from error

    def fetch(self, path: str, file: Path) -> None:
        """Write what is answered into the file, which is there only once it is whole; a device or a pipe
        is written as it comes.

        Raises `Unavailable`, and `OSError` for the file alone.
        """
        is_stream = file.exists() and not file.is_file()
        part = file if is_stream else file.with_name(f"{file.name}.part")
        try:
            with self._answer("GET", path, None) as answer, part.open("wb") as stream:
                shutil.copyfileobj(_Reading(answer), stream)
            if not is_stream:
                part.replace(file)
        finally:
            if not is_stream:
                part.unlink(missing_ok=True)

    @contextmanager
    def _answer(self, method: str, path: str, data: bytes | None) -> Iterator[http.client.HTTPResponse]:
        request = urllib.request.Request(  # noqa: S310  # the operator's own address
            self._address + path,
            method=method,
            data=data,
            headers={"X-Songhua": "1", "Content-Type": "application/json"},
        )
        try:
            opened = self._opener.open(request, timeout=DEADLINE_S)
        except urllib.error.HTTPError as error:
            raise _refusal(error) from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise Unavailable(
                f"{self._address} does not answer", remedy="see that `songhua serve` runs, or give --url"
            ) from error
        with opened as answer:
            yield answer


def signed_in(config: ConfigOption, user: str, url: str) -> RunningService:
    """The running service as this person; the password is asked for, or taken from SONGHUA_PASSWORD. Who may
    not sign in, or where nobody answers, ends the command.
    """
    settings = load(config)
    service = RunningService(url or _address(settings), _trust(settings, url))
    name = user or typer.prompt("User")
    password = os.environ.get(PASSWORD_VARIABLE) or typer.prompt("Password", hide_input=True)
    with refusing():
        service.sign_in(name, password, _code)
    return service


def _trust(settings: Settings, url: str) -> ssl.SSLContext:
    tls = settings.web.tls
    try:
        return for_own(tls) if tls is not None and not url else for_others(settings.tls)
    except OSError as error:
        fail(f"{error.filename or tls}: {error.strerror}", "songhua tls status; or give --url")


def _code() -> str:
    return os.environ.get(CODE_VARIABLE) or str(typer.prompt("Code of the second factor"))


@contextmanager
def refusing() -> Iterator[None]:
    """What the service refuses inside, or its silence, ends the command with cause and remedy."""
    try:
        yield
    except Unavailable as error:
        fail(error.detail, error.remedy)


class _Reading:
    """An answer whose broken reading is the service's fault and not the file's that it is written to."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self._answer = answer

    def read(self, size: int = -1) -> bytes:
        return _read(self._answer, size)


def _read(answer: http.client.HTTPResponse, size: int = -1) -> bytes:
    broken = "the service broke off in the middle of its answer"
    try:
        piece = answer.read(size)
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(broken, remedy="try again") from error
    # A read of a given size tells an early end by nothing but the length that is still to come.
    if not piece and answer.length:
        raise Unavailable(broken, remedy="try again")
    return piece


def _address(settings: Settings) -> str:
    port = settings.web.port
    file = settings.web.port_file
    if port == 0 and file is not None and file.exists():
        port = int(file.read_text(encoding="utf-8").strip() or 0)
    if port == 0:
        err.print("songhua: the settings do not say on which port the web listens")
        err.print("remedy: give --url")
        raise typer.Exit(FAILED)
    return f"{'http' if settings.web.tls is None else 'https'}://{settings.web.host}:{port}"


def _refusal(error: urllib.error.HTTPError) -> Unavailable:
    try:
        problem = json.loads(error.read())
    except (OSError, ValueError, http.client.HTTPException):
        problem = {}
    title = problem.get("title") or f"the service answered {error.code}"
    return Unavailable(str(title), remedy=str(problem.get("remedy") or "see the service's log"))
