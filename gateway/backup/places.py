"""What of an installation is backed up: every path that the settings name, and what becomes of it. A test
compares the table with the settings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from cdr.chain.keys import public_path
from core.secret import Secret
from core.storage.settings import FROM_URL
from gateway.included_settings import FILES, included_file
from gateway.secret_sources import IN_THE_FILE
from gateway.settings import Settings


class Fate(StrEnum):
    KEPT = "kept"
    """In the backup."""
    KEY = "key"
    """Only in the archive of the keys."""
    LEFT = "left"
    """In neither: it is elsewhere, derived, or of one run."""


PATHS: Final[Mapping[str, tuple[Fate, str]]] = {
    "tls.folder": (Fate.KEY, "the local authority"),
    "web.tls.certificate": (Fate.KEY, "certificate of the web"),
    "web.tls.key": (Fate.KEY, "its key"),
    "web.dist": (Fate.LEFT, "part of the program"),
    "web.port_file": (Fate.LEFT, "of one run"),
    "metrics.port_files": (Fate.LEFT, "of one run"),
    "mqtt.ca_file": (Fate.KEPT, "the broker's authority"),
    "asterisk.tls.certificate": (Fate.KEY, "certificate of the switch"),
    "asterisk.tls.key": (Fate.KEY, "its key"),
    "asterisk.tls.authority": (Fate.KEPT, "authority of carriers"),
    "asterisk.directories.etc": (Fate.LEFT, "songhua asterisk render writes it"),
    "asterisk.directories.modules": (Fate.LEFT, "Asterisk's own"),
    "asterisk.directories.data": (Fate.LEFT, "Asterisk's own"),
    "asterisk.directories.varlib": (Fate.LEFT, "Asterisk's own"),
    "asterisk.directories.spool": (Fate.LEFT, "Asterisk's own"),
    "asterisk.directories.run": (Fate.LEFT, "of one run"),
    "asterisk.directories.log": (Fate.LEFT, "its lines are in the database as soon as they are read"),
    "asterisk.directories.prompts": (Fate.LEFT, "part of the program"),
    "asterisk.directories.recordings": (Fate.LEFT, "cdr.recordings is the same folder"),
    "asterisk.guard.file": (Fate.LEFT, "who is shut out, for minutes"),
    "identity.key_file": (Fate.KEY, "key of second factors"),
    "identity.oidc.ca_file": (Fate.KEPT, "authority of the identity provider"),
    "warning.signing.certificate_file": (Fate.KEY, "certificate by which warnings are signed"),
    "warning.signing.key_file": (Fate.KEY, "its key"),
    "warning.senders.certificate_file": (Fate.KEPT, "certificate of a sender of warnings"),
    "ivr.flow": (Fate.KEPT, "the flow"),
    "ivr.flows": (Fate.KEPT, "flows"),
    "ivr.prompts": (Fate.KEPT, "prompts"),
    "ivr.uploads": (Fate.KEPT, "prompts, announcements and flows changed at run time"),
    "ivr.hours": (Fate.KEPT, "opening hours"),
    "speech.model": (Fate.LEFT, "songhua speech models add fetches it"),
    "speech.models": (Fate.LEFT, "songhua speech models add fetches them"),
    "speech.spool": (Fate.LEFT, "words that are delivered within seconds"),
    "cases.own_gazetteer": (Fate.KEPT, "places"),
    "cases.own_departments": (Fate.KEPT, "departments"),
    "cases.own_calendar": (Fate.KEPT, "working time"),
    "cases.own_limits": (Fate.KEPT, "time limits"),
    "cases.own_responsibility": (Fate.KEPT, "who answers for what"),
    "cases.own_workflow": (Fate.KEPT, "states of assignments"),
    "cases.own_closing": (Fate.KEPT, "conditions for closing"),
    "cases.classifiers": (Fate.KEPT, "classifiers learned here"),
    "cases.document_font": (Fate.LEFT, "a package's"),
    "cdr.cel_file": (Fate.LEFT, "its lines are in the database as soon as they are read"),
    "cdr.recordings": (Fate.KEPT, "recordings"),
    "cdr.key_file": (Fate.KEY, "signs the ledger's heads"),
    "cdr.seal_key_file": (Fate.KEY, "seals the ledger's entries"),
    "cdr.heads_file": (Fate.LEFT, "a piece of its own, up to the database's last entry"),
    "cdr.heads_copies.files": (Fate.LEFT, "copies stand elsewhere, or prove nothing"),
    "cdr.heads_copies.timestamps_file": (Fate.KEPT, "timestamps of heads"),
    "cdr.heads_copies.timestamps_ca": (Fate.KEPT, "authority of timestamps"),
    "cdr.recordings_key_file": (Fate.KEY, "recordings are encrypted with it"),
    "field.photos": (Fate.KEPT, "photos of crews"),
    "field.maps": (Fate.KEPT, "the desk's map"),
    "radio.trunk_recorder.broker.ca_file": (Fate.KEPT, "authority of the recorder's broker"),
    "mail.ca_file": (Fate.KEPT, "authority of the mail server"),
    "sms.ca_file": (Fate.KEPT, "authority of the SMSC"),
    "webhooks.ca_file": (Fate.KEPT, "authority of departments' systems"),
    "telemetry.ca_file": (Fate.KEPT, "authority of the collector of traces"),
    "upgrade.folder": (Fate.LEFT, "journals and packages of upgrades"),
    "backup.folder": (Fate.LEFT, "the backups themselves"),
    "backup.key_file": (Fate.LEFT, "who has it with the archive can read it: keep a copy elsewhere"),
    "backup.restic.ca_file": (Fate.KEPT, "authority of the object store"),
    "backup.keys_also": (Fate.KEY, "further secrets"),
}
"""By the key of the settings. Secrets that stand in files of their own (`…_file`) are `Fate.KEY`."""


@dataclass(frozen=True, slots=True)
class BackedUpPlace:
    """A file or folder of the settings. `key` is its name in the archive and stays the same elsewhere."""

    key: str
    path: Path


def places(settings: Settings, fate: Fate) -> list[BackedUpPlace]:
    """Every path of this fate that the settings name, whether or not it is there."""
    # Imported here: what only lists backups needs no room.
    from gateway.wiring.ledger_settings import cdr_settings  # noqa: PLC0415

    ledger = cdr_settings(settings)
    whole = settings.model_copy(
        update={"cdr": ledger.model_copy(update={"seal_key_file": ledger.sealing_key})}
    )
    found = [
        BackedUpPlace(key, path.absolute())
        for name, (what, _) in PATHS.items()
        if what is fate
        for key, path in _values(whole, name)
    ]
    if fate is Fate.KEPT:
        found.append(BackedUpPlace("cdr.public_key", public_path(ledger.key_file).absolute()))
    if fate is Fate.KEY:
        found += [
            BackedUpPlace(f"secret.{place}", path) for place, path in _secret_files(whole.model_dump(), "")
        ]
    return found


def included(config: Path) -> list[BackedUpPlace]:
    """The lists that commands wrote beside this settings file, whether or not they are there."""
    return [
        BackedUpPlace(f"included.{name.removesuffix('.toml')}", included_file(config, name)) for name in FILES
    ]


def named(settings: Settings) -> dict[str, Path]:
    """Where every piece of an archive belongs under these settings."""
    return {one.key: one.path for fate in (Fate.KEPT, Fate.KEY) for one in places(settings, fate)}


def written_in_the_settings(settings: Settings) -> list[str]:
    """Secrets that stand in the settings file itself, which the backup holds."""
    return sorted(
        place for place, origin in _origins(settings.model_dump(), "") if origin in {IN_THE_FILE, FROM_URL}
    )


def _values(value: Any, name: str, at: str = "") -> Iterator[tuple[str, Path]]:
    """Where a key stands in tables by name, and each of a list, with the keys that tell them apart."""
    part, _, rest = name.partition(".")
    if isinstance(value, Path):
        yield at, value
    elif isinstance(value, list | tuple):
        yield from ((f"{at}.{number}", one) for number, one in enumerate(value))
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _values(one, name, f"{at}.{key}")
    elif part:
        yield from _values(getattr(value, part, None), rest, f"{at}.{part}" if at else part)


def _secret_files(value: Any, place: str) -> Iterator[tuple[str, Path]]:
    for found, origin in _origins(value, place):
        _, _, file = origin.partition("from ")
        if file and Path(file).is_file():
            yield found, Path(file).absolute()


def _origins(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Secret):
        yield place, value.origin
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _origins(inner, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _origins(inner, f"{place}.{number}")
