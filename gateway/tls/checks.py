"""The doctor's checks of certificates. Read-only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from core.translation import gettext_lazy as _
from gateway.asterisk.findings import DoctorFinding, fault, warning
from gateway.settings import Settings
from gateway.tls.seen import ends_soon, examined, look

_RENEW = _("songhua tls renew; or renew yours (docs/tls.md).")


def check_certificates(settings: Settings, now: datetime) -> list[DoctorFinding]:
    """Checks of the certificates that the settings name: usable or not, and until when."""
    return list(_found(settings, now)) + list(_plain(settings))


def _found(settings: Settings, now: datetime) -> Iterator[DoctorFinding]:
    for place, tls in settings.certificates():
        key = tls.key_file(f"{place}.key")
        wrong = examined(tls.certificate, key)
        if wrong:
            yield fault(
                "tls",
                place,
                _("The certificate cannot be used: {wrong}.", wrong=wrong),
                _("songhua tls init, or correct the setting."),
            )
            continue
        try:
            seen = look(tls.certificate)
        except (OSError, ValueError):
            continue  # another user's, or none: what runs as that user says so
        soon = ends_soon(seen, now)
        if soon:
            ended = seen.ends <= now
            said = _("{certificate}: {soon}.", certificate=tls.certificate, soon=soon, ends=seen.ends)
            yield (fault if ended else warning)("tls", place, said, _RENEW)


def _plain(settings: Settings) -> Iterator[DoctorFinding]:
    for place in settings.plain_listeners():
        yield warning(
            "tls",
            place,
            _("It listens without TLS beyond this machine: passwords cross the network as plain text."),
            _("songhua tls init, and set [web] tls (docs/tls.md)."),
        )
