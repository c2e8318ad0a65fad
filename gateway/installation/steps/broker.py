"""The broker's configuration and the roles' accounts; its service reads them instead of Debian's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from gateway.installation.context import BROKER, Installation
from gateway.installation.plan import StepName
from gateway.mqtt.mosquitto import Tls, render
from gateway.tls.folder import TlsFolder

WS_PORT: Final = 8083
TLS_PORT: Final = 8883
TLS_WS_PORT: Final = 8884
CONFIG: Final = "mosquitto.conf"
PASSWORDS: Final = "passwords.json"  # the name of a file


class BrokerConfiguration:
    name = StepName.BROKER

    def missing(self, to: Installation) -> Sequence[str]:
        folder = to.places.broker
        with TemporaryDirectory() as trial:
            wanted = _render(to, Path(trial)).replace(str(Path(trial).resolve()), str(folder))
            passwords = json.loads((Path(trial) / PASSWORDS).read_text())
        changed = [CONFIG] if _read(folder / CONFIG) != wanted else []
        if json.loads(_read(folder / PASSWORDS) or "{}") != passwords:
            changed.append(PASSWORDS)
        return [str(folder / name) for name in changed]

    def do(self, to: Installation) -> Sequence[str]:
        changed, folder = self.missing(to), to.places.broker
        to.wait_for_start(BROKER)
        _render(to, folder)
        for one in (folder, *folder.iterdir()):
            to.own(one, BROKER, BROKER, 0o700 if one.is_dir() else 0o600)
        return changed


def _render(to: Installation, folder: Path) -> str:
    """The configuration that was written. Units and their passwords stay."""
    settings = to.settings
    files = TlsFolder(settings.tls.folder).service("broker")
    port = settings.mqtt.port if settings.mqtt.tls else TLS_PORT
    tls = (
        Tls(files.certificate, files.key, port, TLS_WS_PORT, settings.web.host)
        if files.certificate.is_file()
        else None
    )
    passwords: dict[str, str] = {
        role: one.password.get_secret_value() for role, one in settings.mqtt.accounts.items()
    }
    rendered = render(
        folder,
        tenant=settings.tenant,
        tcp_port=settings.mqtt.port,
        ws_port=WS_PORT,
        address=settings.mqtt.host,
        passwords=passwords,
        tls=tls,
        plain=not settings.mqtt.tls,
        run_as=BROKER if to.machine.user(BROKER) else None,
    )
    return rendered.config.read_text(encoding="utf-8")


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
