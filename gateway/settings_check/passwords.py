"""Secrets: unequal, weak, used twice, missing, open to everybody. None is repeated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, SecretStr

from core.listening.addresses import is_loopback
from core.secret import Secret
from gateway import needed_files
from gateway.secret_sources import readable_by_all
from gateway.settings import ROLES
from gateway.settings_check.addresses import is_open
from gateway.settings_check.model import (
    CheckedSettings,
    KeyPath,
    Mistake,
    Weight,
    entries,
    key_of,
    path_of,
    value_at,
)
from gateway.settings_check.reading import REFUSED

_NEW: Final = "make a new one: openssl rand -hex 24, into the file that its _file key names (docs/secrets.md)"
_KNOWN: Final = re.compile(
    r"(0123456789abcdef|fedcba9876543210|1234567890\d*|(?:password|secret|songhua|asterisk|admin|qwerty|letmein)"
    r"[\W_\d]*(?:password|secret|songhua|asterisk|\d)*)",
    re.IGNORECASE,
)
_OTHERS_WRITE: Final = 0o002
_LINE: Final = re.compile(r"\s*secret\s*=>?\s*([^;\s]+)")
_SECTION: Final = re.compile(r"\s*\[([^\]]+)\]")


def unequal(checked: CheckedSettings) -> Iterator[Mistake]:
    """The gateway's password at the manager interface, that of the switch, and the rendered one."""
    ami, asterisk = checked.settings.ami, checked.settings.asterisk
    if asterisk is None or _refused(asterisk.ami.secret):
        return
    wanted = asterisk.ami.secret.get_secret_value()
    if ami is not None and not _refused(ami.secret) and ami.secret.get_secret_value() != wanted:
        remedy = "let secret_file of both name the same file"
        yield Mistake(
            ("ami", "secret"), "it is another than asterisk.ami.secret: no call would be seen", remedy
        )
    file = asterisk.directories.etc / "manager.conf"
    rendered = _rendered(file, asterisk.ami.name)
    if rendered is not None and rendered != wanted:
        what = f"it is another than in {file}, which Asterisk reads"
        remedy = f"songhua asterisk render --out {file.parent}, then restart Asterisk"
        yield Mistake(("asterisk", "ami", "secret"), what, remedy)


def _rendered(file: Path, account: str) -> str | None:
    """None where the file or the account is not there, or is another user's."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    inside = False
    for line in lines:
        if section := _SECTION.match(line):
            inside = section[1] == account
        elif inside and (found := _LINE.match(line)):
            return found[1]
    return None


def weak(checked: CheckedSettings) -> Iterator[Mistake]:
    """Secrets that somebody guesses at once, and those that open two doors."""
    seen: dict[str, str] = {}
    weight: Weight = "fault" if is_open(checked) else "warning"
    for place, secret, owner in _secrets(checked.settings, ()):
        path = checked.in_file(place)
        text = secret.get_secret_value()
        if not text or _refused(secret):
            continue
        why = _guessed(text, owner)
        if why:
            yield Mistake(path, why, _NEW, weight)
        elif text in seen and {key_of(path), seen[text]} != {"ami.secret", "asterisk.ami.secret"}:
            yield Mistake(
                path, f"it is the same as {seen[text]}", f"give each account its own; {_NEW}", "warning"
            )
        seen.setdefault(text, key_of(path))


def _guessed(text: str, owner: str) -> str:
    if len(set(text)) < 4:
        return "it consists of a few signs that repeat"
    if _KNOWN.fullmatch(text):
        return "everybody who guesses begins with it"
    if owner and re.sub(r"[\W_\d]", "", text.casefold()) in {
        re.sub(r"[\W_\d]", "", owner.casefold()) * times for times in (1, 2, 3)
    }:
        return "it is the account's own name"
    return ""


def _secrets(value: Any, path: KeyPath, owner: str = "") -> Iterator[tuple[KeyPath, SecretStr, str]]:
    if isinstance(value, SecretStr):
        yield path, value, owner
    elif isinstance(value, BaseModel):
        name = next(
            (str(getattr(value, one)) for one in ("name", "user", "username") if hasattr(value, one)), ""
        )
        for field in type(value).model_fields:
            yield from _secrets(getattr(value, field), (*path, field), name)
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _secrets(one, (*path, str(key)), str(key))
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from _secrets(one, (*path, number))


def accounts(checked: CheckedSettings) -> Iterator[Mistake]:
    """Accounts without password, without user, or with the same user twice."""
    yield from _broker(checked)
    for user, password in (
        ("mail.user", "mail.password"),
        ("radio.trunk_recorder.broker.user", "radio.trunk_recorder.broker.password"),
        ("identity.oidc.client_id", "identity.oidc.client_secret"),
        ("sms.system_id", "sms.password"),
    ):
        yield from _pair(checked, path_of(user), path_of(password))
    for path, trunk in entries(checked.told, "asterisk", "trunks"):
        if trunk.get("username") and not _given(trunk, "secret"):
            what = "a user name without secret: the carrier will refuse us"
            yield Mistake(
                (*path, "username"), what, "name the file of its password in secret_file", "warning"
            )
    storage = checked.settings.storage
    if storage.url.startswith("postgresql") and storage.password is None:
        host = storage.address().host or ""
        if host and not is_loopback(host):
            remedy = "name its file in storage.password_file (docs/secrets.md)"
            yield Mistake(
                ("storage", "password"), f"there is none for the database at {host}", remedy, "warning"
            )
    metrics = checked.settings.metrics
    if metrics.enabled and not is_loopback(metrics.host) and metrics.token is None and not metrics.addresses:
        remedy = "name Prometheus in metrics.addresses, or set metrics.token"
        yield Mistake(("metrics", "host"), "beyond this machine nobody may read them", remedy, "warning")


def _broker(checked: CheckedSettings) -> Iterator[Mistake]:
    found = checked.settings.mqtt.accounts
    path: KeyPath = ("mqtt", "accounts")
    if not found and checked.settings.asterisk is not None:
        remedy = "centre = { user = …, password_file = … }, and one each for speech and radio"
        yield Mistake(path, "there is no account at the broker, and it lets in nobody without", remedy)
    seen: dict[str, str] = {}
    for role, account in found.items():
        if not account.user:
            yield Mistake((*path, role, "user"), "it is empty", f'user = "{role}"')
        elif account.user in seen:
            what = (
                f"{account.user} is also the user of {seen[account.user]}: each would end the other's session"
            )
            yield Mistake((*path, role, "user"), what, f'an account for each role: user = "{role}"')
        seen.setdefault(account.user, role)
    missing = [
        role
        for role in ROLES
        if found and role not in found and value_at(checked.told, (*path, role)) is None
    ]
    for role in missing:
        remedy = f'{role} = {{ user = "{role}", password_file = … }}, unless that role runs elsewhere'
        yield Mistake(path, f"the role {role} has no account", remedy, "warning")


def _pair(checked: CheckedSettings, user: KeyPath, password: KeyPath) -> Iterator[Mistake]:
    section = value_at(checked.told, user[:-1])
    told = value_at(checked.told, user)
    if told and isinstance(section, Mapping) and not _given(section, str(password[-1])):
        value: Any = checked.settings
        for part in password:
            value = getattr(value, str(part), None)
        if isinstance(value, SecretStr) and not value.get_secret_value():
            remedy = (
                f"name its file in {key_of(password)}_file, or give the credential songhua.{key_of(password)}"
            )
            yield Mistake(user, "an account without password", remedy)


def _given(section: Mapping[str, Any], name: str) -> bool:
    return bool(section.get(name) or section.get(f"{name}_file"))


_KEYS: Final = (
    "cdr.key_file",
    "cdr.seal_key_file",
    "cdr.recordings_key_file",
    "cdr.heads_file",
    "speech.spool",
    "field.photos",
)


def open_files(checked: CheckedSettings) -> Iterator[Mistake]:
    """Files with secrets, keys or records that everybody on the machine may use."""
    if checked.file is not None and readable_by_all(checked.file, checked.settings):
        what = f"{checked.file} holds secrets, and everybody on the machine may read it"
        yield Mistake((), what, f"chmod o= {checked.file}")
    of = {value: path_of(key) for key in _KEYS if (value := _path_at(checked, key)) is not None}
    of |= {
        tls.key_file(f"{place}.key"): (*path_of(place), "key")
        for place, tls in checked.settings.certificates()
    }
    asterisk = checked.settings.asterisk
    if asterisk is not None:
        of[asterisk.directories.recordings] = ("asterisk", "directories", "recordings")
    for file in needed_files.open_to_all(checked.settings, None):
        path = of.get(file, ("storage", "url"))
        what = f"{file}: everybody on the machine may use it"
        yield Mistake(path, what, f"chmod o= {file}", "fault" if _is_exposed(file) else "warning")


def _is_exposed(file: Path) -> bool:
    """A key or a record that everybody may read, a folder in which everybody may write. To look into a folder
    shows names alone.
    """
    return not file.is_dir() or bool(file.stat().st_mode & _OTHERS_WRITE)


def _path_at(checked: CheckedSettings, key: str) -> Path | None:
    value: Any = checked.settings
    for part in key.split("."):
        value = getattr(value, part)
    return value if isinstance(value, Path) else None


def _refused(secret: SecretStr) -> bool:
    return isinstance(secret, Secret) and secret.origin == REFUSED
