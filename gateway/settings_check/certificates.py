"""Certificates of listeners, and the authorities that peers are checked against."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cryptography import x509

from gateway.settings_check.model import CheckedSettings, KeyPath, Mistake, path_of, value_at
from gateway.tls.seen import ends_soon, examined, look

_RENEW: Final = "songhua tls renew, or renew yours (docs/tls.md)"
_AUTHORITIES: Final = (
    "mqtt.ca_file", "mail.ca_file", "sms.ca_file", "identity.oidc.ca_file", "asterisk.tls.authority",
    "cdr.heads_copies.timestamps_ca", "radio.trunk_recorder.broker.ca_file", "telemetry.ca_file",
)  # fmt: skip


def usable(checked: CheckedSettings) -> Iterator[Mistake]:
    """Missing, torn, another's key, ended, not yet valid, and of other names than the machine's."""
    now = datetime.now(UTC)
    for place, tls in checked.settings.certificates():
        path, key = path_of(place), tls.key_file(f"{place}.key")
        wrong = examined(tls.certificate, key)
        if wrong:
            at = (
                (*path, "key")
                if wrong.startswith(str(key)) and key != tls.certificate
                else (*path, "certificate")
            )
            yield Mistake(at, wrong, "songhua tls init makes what is missing; or name your own (docs/tls.md)")
            continue
        try:
            seen = look(tls.certificate)
        except (OSError, ValueError):
            continue  # another user's: what runs as that user says so
        if seen.begins > now:
            what = f"it is valid from {seen.begins:%Y-%m-%d} on"
            yield Mistake((*path, "certificate"), what, "set the machine's clock, or use the one of today")
        elif soon := ends_soon(seen, now):
            yield Mistake((*path, "certificate"), soon, _RENEW, "fault" if seen.ends <= now else "warning")
        lacking = [
            one
            for one in checked.settings.tls.names
            if one not in seen.names and not _covered(one, seen.names)
        ]
        if lacking and place == "web.tls":
            what = f"{tls.certificate} does not hold {', '.join(lacking)}, which [tls] names lists"
            yield Mistake(("tls", "names"), what, _RENEW, "warning")


def _covered(name: str, names: Any) -> bool:
    return any(one.startswith("*.") and name.partition(".")[2] == one[2:] for one in names)


def authorities(checked: CheckedSettings) -> Iterator[Mistake]:
    """Files with whom we trust: without a usable one no connection is made."""
    now = datetime.now(UTC)
    for key in _AUTHORITIES:
        path, told = path_of(key), value_at(checked.told, path_of(key))
        if isinstance(told, str) and told:
            yield from _authority(path, Path(told), now)


def _authority(path: KeyPath, file: Path, now: datetime) -> Iterator[Mistake]:
    remedy = "name the PEM file of the authority that issued the other side's certificate"
    try:
        found = x509.load_pem_x509_certificates(file.read_bytes())
    except OSError as error:
        yield Mistake(path, f"{file}: {error.strerror}", remedy)
        return
    except ValueError:
        yield Mistake(path, f"{file} holds no certificate in PEM", remedy)
        return
    if all(one.not_valid_after_utc <= now for one in found):
        yield Mistake(path, f"{file} ended on {found[0].not_valid_after_utc:%Y-%m-%d}", remedy)
    elif not any(_is_authority(one) for one in found):
        yield Mistake(path, f"{file} is the certificate of a server, and of no authority", remedy, "warning")


def _is_authority(one: x509.Certificate) -> bool:
    try:
        return one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return one.issuer == one.subject
