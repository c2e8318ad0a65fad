"""What it means that Asterisk's console says nothing: it does not run, or this user may not ask it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

from core.translation import gettext_lazy as _
from gateway.asterisk.console import Silence, probe
from gateway.asterisk.findings import DoctorFinding, fault, unchecked
from gateway.asterisk.settings import AsteriskSettings

_CONNECTS_S = 1.0


def check_silence(
    settings: AsteriskSettings,
    *,
    console: Callable[[AsteriskSettings], Silence] = lambda settings: probe(control_socket(settings)),
    ami: Callable[[AsteriskSettings], bool] = lambda settings: _answers(settings.ports.ami),
) -> DoctorFinding:
    """One finding. The manager interface tells whether Asterisk runs where its console does not."""
    file = control_socket(settings)
    silence, runs = console(settings), ami(settings)
    if silence == "forbidden":
        what = (
            _("Asterisk runs, but this user may not open its console: its modules, dialplan, queues and "
              "trunks are not checked.")
            if runs
            else _("This user may not open Asterisk's console: whether it runs is not checked.")
        )  # fmt: skip
        return unchecked(
            "running",
            str(file),
            what,
            _("Run the doctor as Asterisk's user or with sudo, or join its group."),
        )
    if silence == "deaf":
        return fault(
            "running",
            str(file),
            _("Asterisk's console does not answer in time: it hangs, or has too much to do."),
            _("Look into {log}; restart it if calls do not go through.", log=settings.directories.log),
        )
    if silence == "" or runs:
        return unchecked(
            "running",
            str(file),
            _(
                "Asterisk runs (port {port} answers), but tells this command nothing.",
                port=settings.ports.ami,
            ),
            _("See that asterisk.directories.run is its folder, and that it runs on this machine."),
        )
    return fault(
        "running",
        str(file),
        _("Asterisk does not answer."),
        _(
            "Start it with asterisk -C {etc}/asterisk.conf and look into {log}.",
            etc=settings.directories.etc,
            log=settings.directories.log,
        ),
    )


def control_socket(settings: AsteriskSettings) -> Path:
    """Where its console listens."""
    return settings.directories.run / "asterisk.ctl"


def _answers(port: int) -> bool:
    with socket.socket() as trial:
        trial.settimeout(_CONNECTS_S)
        return trial.connect_ex(("127.0.0.1", port)) == 0
