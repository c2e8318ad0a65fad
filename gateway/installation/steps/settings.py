"""The settings file, its secrets, and the local authority with a certificate for each service."""

from __future__ import annotations

from collections.abc import Sequence

from gateway import first_settings
from gateway.installation import answers, places
from gateway.installation.answers import InstallationAnswers
from gateway.installation.context import USER, Installation
from gateway.installation.plan import StepName
from gateway.installation.settings_text import Value, with_values

POSTGRESQL = "postgresql+asyncpg://songhua@127.0.0.1/songhua"
TRUNK = "carrier"
"""The trunk of the example."""


class SettingsFile:
    name = StepName.SETTINGS

    def missing(self, to: Installation) -> Sequence[str]:
        lacking = [str(one) for one in first_settings.missing(to.places.etc, self._text(to))]
        if not lacking:
            assert to.settings  # a file that cannot be used stops here
        return lacking

    def do(self, to: Installation) -> Sequence[str]:
        text = self._text(to)
        if not to.places.answers.exists():
            # Before the settings: a run that is interrupted here goes on with the same answers.
            to.places.answers.write_text(answers.written(to.answers()), encoding="utf-8")
            to.own(to.places.answers, "root", USER, 0o640)
        to.wait_for_start(USER)
        written = first_settings.write(to.places.etc, text, to.answers().names)
        assert to.settings
        return [str(one) for one in written.made]

    def _text(self, to: Installation) -> str:
        """What is there counts; secrets that it names and that are missing are made."""
        try:
            return to.places.config.read_text(encoding="utf-8")
        except FileNotFoundError:
            return to.places.rooted(with_values(first_settings.example(), values(to.answers())))


def values(told: InstallationAnswers) -> dict[tuple[str, str], Value]:
    """The answers as settings, by section and key."""
    name, everywhere = told.names[0], "0.0.0.0" if told.network else "127.0.0.1"  # noqa: S104  # with TLS
    found: dict[tuple[str, str], Value] = {
        ("", "tenant"): told.city,
        ("tls", "names"): list(told.names),
        ("web", "host"): everywhere,
        ("mqtt", "ws_url"): f"wss://{name}:8884",
        ("switch", "sip_ws_url"): f"wss://{name}:8089/ws",
        ("identity", "key_file"): "/var/lib/songhua/identity.key",
        ("asterisk", "bind"): everywhere,
        ("asterisk.guard", "console_user"): USER,
        ("asterisk.agents", "browser"): told.phone == "browser",
    }
    here = {
        ("web", "dist"): places.console(),
        ("asterisk.directories", "prompts"): places.prompts(),
        ("asterisk.directories", "modules"): places.modules(),
    }
    found |= {key: str(folder) for key, folder in here.items() if folder is not None}
    model = told.model or str(places.model() or "")
    if model:
        found["speech", "model"] = model
        found["speech", "models"] = "/var/lib/songhua/models"
    if told.database == "postgresql":
        found["storage", "url"] = POSTGRESQL
        found["storage", "password_file"] = "/etc/songhua/secrets/database"
    if told.carrier:
        found["asterisk.trunks", "match"] = [told.carrier]
        found["asterisk.trunks", "contact"] = told.carrier
        found["asterisk.outside", "trunks"] = [TRUNK]
    if told.area_code:
        found["hotline.callbacks", "area_code"] = told.area_code
        found["asterisk.outside", "area_code"] = told.area_code
    return found
