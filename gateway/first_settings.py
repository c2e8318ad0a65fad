"""Writes a first settings file with new secrets and certificates. Existing files stay as they are."""

from __future__ import annotations

import grp
import os
import re
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Final

from gateway.secret_sources import SECRETS_FOLDER
from gateway.tls.folder import TlsFolder, own_names

SETTINGS: Final = "songhua.toml"
TLS_FOLDER: Final = "tls"
GROUP: Final = "songhua"
"""Of the service's user: where it exists, what root writes is its group's to read."""
_INSTALLED: Final = "/etc/songhua"
_NAMED: Final = rf'^[^#\n]*"{{}}/{SECRETS_FOLDER}/([a-z0-9-]+)"'


@dataclass(frozen=True, slots=True)
class FirstFiles:
    """The files that were made, and those that were there."""

    made: tuple[Path, ...]
    kept: tuple[Path, ...]


def example() -> str:
    """The annotated example of all settings, as TOML."""
    return resources.files("gateway").joinpath("songhua.example.toml").read_text(encoding="utf-8")


def new_secret() -> str:
    """192 bits, of signs that every peer takes: Asterisk's files, a URL, a shell."""
    return secrets.token_hex(24)


def write(folder: Path, text: str | None = None, names: Sequence[str] = ()) -> FirstFiles:
    """`text` instead of the example: every secret that it names below the folder is made. `names`: by which
    this machine is reached, for the certificates. Raises `OSError`.
    """
    folder = folder.absolute()
    group = service_group()
    _folder(folder, group, enter=0o011)
    _folder(folder / SECRETS_FOLDER, group)
    wanted = _wanted(folder, text)
    made = [file for file, words in wanted.items() if _file(file, words, group)]
    kept = [file for file in wanted if file not in made]
    if _uses_authority(folder, wanted[folder / SETTINGS]):
        certificates = TlsFolder(folder / TLS_FOLDER)
        done = certificates.init(own_names(names), datetime.now(UTC))
        made += [certificates.folder / f"{one}.pem" for one in done.made]
        kept += [certificates.folder / f"{one}.pem" for one in done.kept]
    return FirstFiles(tuple(made), tuple(kept))


def missing(folder: Path, text: str | None = None) -> list[Path]:
    """What `write` would make."""
    folder = folder.absolute()
    wanted = _wanted(folder, text)
    needed = list(wanted)
    if _uses_authority(folder, wanted[folder / SETTINGS]):
        certificates = TlsFolder(folder / TLS_FOLDER)
        needed += [one.certificate for one in (certificates.authority, *certificates.services)]
    return [one for one in needed if not one.exists()]


def _uses_authority(folder: Path, text: str) -> bool:
    """Whether these settings name certificates of the local authority."""
    return f'"{folder / TLS_FOLDER}/' in text


def _wanted(folder: Path, text: str | None) -> dict[Path, str]:
    """Settings and secrets with what would stand in them."""
    shown = (example() if text is None else text).replace(f'"{_INSTALLED}', f'"{folder}')
    named = re.compile(_NAMED.format(re.escape(str(folder))), re.MULTILINE)
    secret = {folder / SECRETS_FOLDER / name: new_secret() + "\n" for name in named.findall(shown)}
    return {folder / SETTINGS: shown, **secret}


def service_group() -> int | None:
    """The group that reads what root writes; None for who is not root, and where there is no such group."""
    if os.geteuid() != 0:
        return None
    try:
        return grp.getgrnam(GROUP).gr_gid
    except KeyError:
        return None


def _folder(folder: Path, group: int | None, *, enter: int = 0) -> None:
    """`enter`: who may pass through without seeing what is there; broker and switch have their keys below."""
    if folder.is_dir():
        return
    folder.mkdir(parents=True, mode=0o700)
    if group is not None:
        shutil.chown(folder, group=group)
    folder.chmod((0o700 if group is None else 0o750) | enter)


def _file(file: Path, text: str, group: int | None) -> bool:
    """Whether it was made."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
        if group is not None:
            os.fchown(stream.fileno(), -1, group)
            os.fchmod(stream.fileno(), 0o640)
    return True
