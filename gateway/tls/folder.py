"""The folder of the local authority: its key, and a certificate for each service of this machine.

Each service has a key of its own that its own group reads: who gets into one does not speak for the others.
The authority's key is its owner's alone; no service needs it.
"""

from __future__ import annotations

import grp
import os
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509

from core.errors import Conflict, SonghuaError
from gateway.tls.authority import CertificateAndKey, issue, new_authority, not_permitted
from gateway.tls.seen import look, unusable
from gateway.tls.settings import name_or_address

SERVICES: Final = {"web": "songhua", "broker": "mosquitto", "switch": "asterisk"}
"""Whose certificate it is, and the group that may read its key."""
AUTHORITY: Final = "ca"
_OWNER, _GROUP, _ALL = 0o600, 0o640, 0o644


class NoAuthority(SonghuaError):
    kind = "no-authority"
    title = "There is no local authority"


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """PEM files of one certificate."""

    service: str
    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class FolderWritten:
    """What was written, and what was left as it is."""

    made: tuple[str, ...]
    kept: tuple[str, ...]


class TlsFolder:
    """`days` is how long a certificate is valid. Every method raises `OSError` where it may not write."""

    def __init__(self, folder: Path, *, days: int = 365) -> None:
        self.folder = folder.absolute()
        self._days = days

    @property
    def authority(self) -> CertificateFiles:
        """Certificate and key of the local authority."""
        return self._files(AUTHORITY)

    @property
    def services(self) -> tuple[CertificateFiles, ...]:
        """Certificate and key of web, broker and switch."""
        return tuple(self._files(service) for service in SERVICES)

    def service(self, name: str) -> CertificateFiles:
        """One of `SERVICES`."""
        return self._files(name)

    def init(self, names: Sequence[str], now: datetime, *, anew: bool = False) -> FolderWritten:
        """Make what is missing; with `anew` a new authority and everything below it.

        Raises `NotVouchedFor` for a name that the authority was not made for.
        """
        self._folder()
        made: list[str] = []
        kept: list[str] = []
        if anew or not self.authority.certificate.exists():
            self._write(self.authority, new_authority(names, now), _OWNER, None)
            made.append(AUTHORITY)
        else:
            kept.append(AUTHORITY)
        above = self._authority()
        for files in self.services:
            if AUTHORITY in made or not files.certificate.exists():
                self._issue(above, files, names, now)
                made.append(files.service)
            else:
                kept.append(files.service)
        return FolderWritten(tuple(made), tuple(kept))

    def renew(self, names: Sequence[str], now: datetime, *, force: bool = False) -> FolderWritten:
        """New certificates and keys for the services whose old ones are past two thirds of their life, are
        damaged, or lack one of `names`. What else an old one was made for is kept.

        Raises `NoAuthority`, `NotVouchedFor`; `Conflict` when the authority itself ends before.
        """
        above = self._authority()
        ends = look(self.authority.certificate).ends
        if ends <= now:
            raise Conflict(
                f"the authority ended on {ends:%Y-%m-%d}", remedy="songhua tls init --new-authority"
            )
        made: list[str] = []
        kept: list[str] = []
        for files in self.services:
            wanted = self._wanted(files, names, now, force=force)
            if wanted is None:
                kept.append(files.service)
                continue
            self._issue(above, files, wanted, now)
            made.append(files.service)
        return FolderWritten(tuple(made), tuple(kept))

    def _wanted(
        self, files: CertificateFiles, names: Sequence[str], now: datetime, *, force: bool
    ) -> Sequence[str] | None:
        """The names of its next certificate; None while the old one is good."""
        if unusable(files.certificate, files.key):
            return names
        old = look(files.certificate)
        if not force and now < old.due and set(names) <= set(old.names):
            return None
        above = x509.load_pem_x509_certificate(self.authority.certificate.read_bytes())
        lost = not_permitted(above, old.names)
        return tuple(dict.fromkeys([*names, *(one for one in old.names if one not in lost)]))

    def _authority(self) -> CertificateAndKey:
        files = self.authority
        try:
            return CertificateAndKey(files.certificate.read_bytes(), files.key.read_bytes())
        except FileNotFoundError as error:
            raise NoAuthority(f"{error.filename} is missing", remedy="songhua tls init") from error

    def _issue(
        self, above: CertificateAndKey, files: CertificateFiles, names: Sequence[str], now: datetime
    ) -> None:
        ends = look(self.authority.certificate).ends
        days = max(1, min(self._days, (ends - now).days))
        pair = issue(above, files.service, names, now, days)
        self._write(files, pair, _OWNER, _group(SERVICES[files.service]))

    def _files(self, service: str) -> CertificateFiles:
        return CertificateFiles(service, self.folder / f"{service}.pem", self.folder / f"{service}.key")

    def _folder(self) -> None:
        """Everybody may enter: terminals of this machine read the authority's certificate."""
        if not self.folder.is_dir():
            self.folder.mkdir(parents=True)
            self.folder.chmod(0o755)

    def _write(self, files: CertificateFiles, pair: CertificateAndKey, mode: int, group: int | None) -> None:
        """Both are on disk before the first takes its place: half a pair is there for an instant only."""
        ready = [
            _beside(files.key, pair.key, mode if group is None else _GROUP, group),
            _beside(files.certificate, pair.certificate, _ALL, None),
        ]
        for partial, file in zip(ready, (files.key, files.certificate), strict=True):
            partial.replace(file)


def _beside(file: Path, content: bytes, mode: int, group: int | None) -> Path:
    partial = file.with_name(f"{file.name}.partial")
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        if group is not None:
            os.fchown(stream.fileno(), -1, group)
        os.fchmod(stream.fileno(), mode)
        stream.flush()
        os.fsync(stream.fileno())
    return partial


def _group(name: str) -> int | None:
    """The id of the service's group; None where it does not exist, or we are not root."""
    if os.geteuid() != 0:
        return None
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return None


def own_names(more: Iterable[str] = ()) -> tuple[str, ...]:
    """The known names of this machine: loopback, its host name, and `more`."""
    found = [*more, "localhost", "127.0.0.1", "::1"]
    for name in (socket.gethostname(), socket.getfqdn()):
        try:
            found.append(name_or_address(name))
        except ValueError:
            continue
    return tuple(dict.fromkeys(found))
