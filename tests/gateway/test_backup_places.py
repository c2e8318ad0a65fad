"""Every path of the settings is backed up, or somebody said why it is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from gateway.backup.places import PATHS, Fate, named, places
from gateway.secret_sources import sections_of
from gateway.settings import Settings


def paths(model: type[BaseModel], before: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        if _holds_path(field.annotation):
            yield before + name
        for inner, _ in sections_of(field.annotation):
            yield from paths(inner, f"{before}{name}.")


def _holds_path(annotation: Any) -> bool:
    return annotation is Path or any(_holds_path(one) for one in get_args(annotation))


def test_each_path_of_the_settings_has_its_fate() -> None:
    assert set(paths(Settings)) == set(PATHS)


def test_secrets_stand_with_the_keys_alone(tmp_path: Path) -> None:
    secret = tmp_path / "centre"
    secret.write_text("0123456789abcdef\n")
    secret.chmod(0o600)
    file = tmp_path / "songhua.toml"
    file.write_text(
        f'[mqtt.accounts]\ncentre = {{ user = "centre", password_file = "{secret}" }}\n'
        f'[backup]\nkeys_also = ["{tmp_path}/broker"]\n'
        f'[warning.senders."bureau.gov"]\ncertificate_file = "{tmp_path}/bureau.pem"\n'
    )
    settings = Settings.load(file)
    kept, keys = ({one.key: one.path for one in places(settings, fate)} for fate in (Fate.KEPT, Fate.KEY))
    assert not kept.keys() & keys.keys()
    assert keys["secret.mqtt.accounts.centre.password"] == secret
    assert keys["backup.keys_also.0"] == tmp_path / "broker"
    assert {"cdr.key_file", "cdr.seal_key_file", "cdr.recordings_key_file"} <= keys.keys()
    assert kept["warning.senders.bureau.gov.certificate_file"] == tmp_path / "bureau.pem"
    assert {"ivr.uploads", "field.photos", "cdr.public_key"} <= kept.keys()
    assert named(settings) == kept | keys
