"""A one-time code that enrols a unit's terminal, as a link and as a QR code. The code stands in the link's
fragment: no browser sends that to a server, and no proxy logs it.
"""

from __future__ import annotations

import io
import os
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer

from core.listening.addresses import is_loopback, is_unspecified
from field.units.centre.enrolment.service import EnrolmentCode
from gateway.commands.spoken import SpokenLanguage, misused, refuse, said, tell
from gateway.settings import Settings

PATH: Final = "/unit/"
KINDS: Final = (".svg", ".png")
PageOption = Annotated[
    str,
    typer.Option(
        "--page",
        envvar="SONGHUA_UNIT_PAGE",
        help="Where terminals find the centre: https://HOST[:PORT]. 终端访问中心的地址。",
    ),
]
PictureOption = Annotated[
    Path | None,
    typer.Option(
        "--picture",
        help="Also write the QR code here (.svg or .png, 0600). 二维码另存为文件。",
        dir_okay=False,
    ),
]


def page_of(given: str, picture: Path | None, settings: Settings, language: SpokenLanguage) -> str:
    """The address of the unit's page; where nobody knows it the command ends."""
    if picture is not None and picture.suffix not in KINDS:
        misused("bad_picture", language)
    if given:
        parts = urlsplit(given)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            misused("bad_page", language)
        return f"{parts.scheme}://{parts.netloc}{PATH}"
    web = settings.web
    if is_loopback(web.host) or is_unspecified(web.host) or web.port == 0:
        misused("no_page", language)
    return f"{'http' if web.tls is None else 'https'}://{web.host}:{web.port}{PATH}"


def tell_code(
    made: EnrolmentCode,
    page: str,
    picture: Path | None,
    settings: Settings,
    language: SpokenLanguage,
    *,
    as_json: bool,
) -> None:
    """Print link and QR code, and write the picture."""
    import segno  # noqa: PLC0415  # only this command draws

    link = f"{page}#enrol={made.code}"
    drawn = segno.make(link, error="m", micro=False)
    if picture is not None:
        try:
            descriptor = os.open(picture, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                os.fchmod(stream.fileno(), 0o600)
                drawn.save(stream, kind=picture.suffix[1:], scale=8, border=4)
        except OSError as error:
            refuse(said("no_file", language, file=picture, why=error.strerror))
    body = {
        "unit_id": made.unit_id, "link": link, "expires_at": made.expires_at.isoformat(),
        "picture": picture and str(picture),
    }  # fmt: skip
    until = _local(made.expires_at, settings)
    tell("code_made", language, body, as_json=as_json, unit=made.unit_id, until=until)
    if not as_json:
        screen = io.StringIO()
        drawn.terminal(out=screen, compact=True, border=2)
        typer.echo(screen.getvalue(), nl=False)
        typer.echo(link)


def _local(moment: datetime, settings: Settings) -> str:
    return f"{moment.astimezone(settings.hotline.callbacks.zone):%Y-%m-%d %H:%M}"
