"""`songhua tls`: the local authority and its certificates. 本地证书颁发机构及其证书。"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from core.errors import SonghuaError
from core.listening.addresses import is_unspecified
from gateway.commands.common import (
    FAILED,
    MISUSED,
    ConfigOption,
    JsonOption,
    err,
    fail,
    load,
    out,
    print_json,
)
from gateway.settings import Settings
from gateway.tls.folder import AUTHORITY, CertificateFiles, FolderWritten, TlsFolder, own_names
from gateway.tls.seen import ends_soon, examined, look
from gateway.tls.settings import name_or_address

app = typer.Typer(
    help="Certificates: a local authority, renewal, status. 证书：本地颁发机构、续期、状态。",
    no_args_is_help=True,
)

Names = Annotated[
    list[str] | None,
    typer.Option("--name", help="Host name or address, beside [tls] names; may be repeated. 主机名或地址。"),
]
Folder = Annotated[
    Path | None, typer.Option("--folder", help="Instead of [tls] folder. 证书目录。", file_okay=False)
]
NEXT = (
    "the service takes it within 10 s; broker and switch on request: "
    "systemctl reload songhua-broker; asterisk -rx 'module reload http'; "
    "asterisk -rx 'module reload res_pjsip.so'"
)


@app.command()
def init(
    name: Names = None,
    folder: Folder = None,
    new_authority: Annotated[
        bool,
        typer.Option("--new-authority", help="Replace it: everybody must trust the new one. 更换颁发机构。"),
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create the authority, and certificates for web, broker and switch. Existing files are kept."""
    settings = load(config)
    kept = _folder(settings, folder)
    names = _names(settings, name)
    done = _do(lambda: kept.init(names, datetime.now(UTC), anew=new_authority))
    _tell(kept, done, as_json=as_json)
    if not as_json:
        file = kept.authority.certificate
        out.print(f"let desks, telephones and terminals trust {file} (docs/tls.md)", soft_wrap=True)


@app.command()
def renew(
    name: Names = None,
    folder: Folder = None,
    force: Annotated[bool, typer.Option("--force", help="Also those that are young. 立即续期。")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Renew certificates past two thirds of their life or without a current name. Run it daily."""
    settings = load(config)
    kept = _folder(settings, folder)
    names = _names(settings, name)
    done = _do(lambda: kept.renew(names, datetime.now(UTC), force=force))
    _tell(kept, done, as_json=as_json)
    if done.made and not as_json:
        out.print(NEXT, markup=False, soft_wrap=True)


@app.command()
def status(folder: Folder = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Each certificate: for whom, until when, and whether it can be used. Exit code 1 when one cannot, or
    ends soon (docs/tls.md).
    """
    settings = load(config)
    now = datetime.now(UTC)
    rows = [_row(one, now) for one in _all(settings, _folder(settings, folder))]
    if as_json:
        print_json({"certificates": rows})
    else:
        table = Table("of", "names", "ends", "renewed from", "state")
        for shown in rows:
            cells = (
                shown["of"], ", ".join(shown["names"]), shown["ends"][:10], shown["renewed_from"][:10],
                shown["wrong"] or "good",
            )  # fmt: skip
            table.add_row(*cells)
        out.print(table)
        if not rows:
            out.print("no certificate is there: songhua tls init", markup=False)
    if not rows or any(row["wrong"] for row in rows):
        raise typer.Exit(FAILED)


def _all(settings: Settings, kept: TlsFolder) -> list[CertificateFiles]:
    """The authority's and the services', and what the settings name instead."""
    found = [one for one in (kept.authority, *kept.services) if one.certificate.exists()]
    known = {one.certificate for one in found}
    for place, tls in settings.certificates():
        if tls.certificate.absolute() not in known:
            found.append(CertificateFiles(place, tls.certificate, tls.key_file(f"{place}.key")))
    return found


def _row(files: CertificateFiles, now: datetime) -> dict[str, Any]:
    told: dict[str, Any] = {
        "of": files.service, "certificate": str(files.certificate), "key": str(files.key),
        "subject": "", "issuer": "", "names": [], "begins": "", "ends": "", "renewed_from": "", "wrong": "",
    }  # fmt: skip
    try:
        seen = look(files.certificate)
    except (OSError, ValueError) as error:
        told["wrong"] = str(getattr(error, "strerror", None) or error)
        return told
    told |= {
        "subject": seen.subject, "issuer": seen.issuer, "names": list(seen.names),
        "begins": seen.begins.isoformat(), "ends": seen.ends.isoformat(), "wrong": ends_soon(seen, now),
    }  # fmt: skip
    if files.service != AUTHORITY:
        told["renewed_from"] = seen.due.isoformat()
        told["wrong"] = _key_trouble(files) or told["wrong"]
    return told


def _key_trouble(files: CertificateFiles) -> str:
    wrong = examined(files.certificate, files.key)
    if not wrong and files.key.exists() and files.key.stat().st_mode & 0o007:
        return f"everybody on this machine may read the key: chmod o= {files.key}"
    return wrong


def _folder(settings: Settings, given: Path | None) -> TlsFolder:
    return TlsFolder(given or settings.tls.folder, days=settings.tls.days)


def _names(settings: Settings, given: list[str] | None) -> tuple[str, ...]:
    try:
        more = [name_or_address(one) for one in given or ()]
    except ValueError as error:
        err.print(f"songhua: {error}", highlight=False)
        raise typer.Exit(MISUSED) from None
    host = settings.web.host
    bound = [] if is_unspecified(host) else [name_or_address(host)]
    return own_names([*more, *settings.tls.names, *bound])


def _do(work: Callable[[], FolderWritten]) -> FolderWritten:
    try:
        return work()
    except SonghuaError as error:
        fail(f"{error.title}: {error.detail}", error.remedy)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}", "run it as root, or name a folder of yours: --folder")


def _tell(kept: TlsFolder, done: FolderWritten, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "folder": str(kept.folder), "authority": str(kept.authority.certificate),
                "made": list(done.made), "kept": list(done.kept),
            }
        )  # fmt: skip
        return
    for what, services in (("made", done.made), ("kept", done.kept)):
        for service in services:
            out.print(f"{what} {kept.folder / service}.pem", markup=False, highlight=False, soft_wrap=True)
