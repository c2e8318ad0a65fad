"""The doctor's checks of AsyncAGI: its account can run commands, so each run names it. Pure."""

from __future__ import annotations

from core.translation import gettext_lazy as _
from gateway.asterisk.findings import DoctorFinding, fault, warning
from gateway.asterisk.settings import AsteriskSettings

WANTED = ("agi", "reporting")


def check_account(shown: str, settings: AsteriskSettings) -> list[DoctorFinding]:
    """`manager show user NAME` of the account for AsyncAGI; nothing to say where FastAGI is used."""
    account = settings.asyncagi
    if settings.dialogue != "asyncagi" or account is None:
        return []
    where = f"manager.conf [{account.name}]"
    write = next((line for line in shown.splitlines() if "write perm:" in line), "")
    if not all(right in write for right in WANTED):
        return [
            fault(
                "asyncagi",
                where,
                _("The account for AsyncAGI is missing, or lacks agi or reporting: no flow runs."),
                _("Run songhua asterisk render again, then restart Asterisk."),
            )
        ]
    return [
        warning(
            "asyncagi",
            where,
            _("The account for AsyncAGI may run any loaded application: it is as good as a shell here."),
            _(
                'Use dialogue = "fastagi" where the switch reaches the gateway; else permit '
                "the gateway's address alone, and do not run Asterisk as root."
            ),
        )
    ]
