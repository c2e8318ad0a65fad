"""Renders Mosquitto's configuration and the accounts of roles and units.

Rendering again keeps the units that exist and brings the roles' passwords and rights up to date.
"""

from __future__ import annotations

import base64
import getpass
import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import Unavailable
from gateway.mqtt import acl
from gateway.tls.settings import CIPHERS

TEMPLATES = Path(__file__).resolve().parents[2] / "deploy" / "mosquitto"
PLUGIN = "mosquitto_dynamic_security.so"
PLUGIN_FOLDERS = ("/usr/lib/*/", "/usr/lib/", "/usr/local/lib/", "/usr/lib64/")
ITERATIONS = 101
"""PBKDF2-SHA512 rounds, as the broker itself uses; the passwords are 24 random bytes, not chosen ones."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """`config` is what `mosquitto -c` takes; `passwords` by role, also kept in `passwords.json` (0600)."""

    config: Path
    passwords: Mapping[str, str]
    tcp_port: int
    ws_port: int


@dataclass(frozen=True, slots=True)
class Tls:
    """Listeners with TLS, beside the plain ones or instead of them: PEM files that the broker's user may
    read, and where it listens.
    """

    certificate: Path
    key: Path
    port: int
    ws_port: int
    address: str = "0.0.0.0"  # noqa: S104  # for terminals outside; nobody is anonymous there


def render(
    directory: Path,
    *,
    tenant: str,
    tcp_port: int,
    ws_port: int,
    address: str = "127.0.0.1",
    passwords: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    plugin: Path | None = None,
    tls: Tls | None = None,
    plain: bool = True,
    run_as: str | None = None,
) -> Rendered:
    """Write the broker's files into `directory` and return how to start and reach it.

    `tls` adds listeners for terminals outside; without `plain` there are no others. `passwords` by role
    (`centre`, `radio`, `speech`; a missing one is kept from before or made new) and `units` (uid → password)
    for accounts that must exist from the start. `run_as` is the user that the broker is started as; this one
    unless told.
    Raises `Unavailable` when the machine has no dynamic-security plugin.
    """
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "data").mkdir(exist_ok=True)
    kept = directory / "passwords.json"
    known: dict[str, str] = json.loads(kept.read_text()) if kept.exists() else {}
    chosen = {role: (passwords or {}).get(role) or known.get(role) or new_password() for role in acl.ROLES}
    _write(kept, json.dumps(chosen, indent=1))
    accounts = directory / "accounts.json"
    before: dict[str, Any] = json.loads(accounts.read_text()) if accounts.exists() else {}
    _write(accounts, json.dumps(_accounts(before, tenant, chosen, units or {}), indent=1))
    # Imported here: roles that only make passwords fill no templates.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  # a broker's configuration, not a page; the values are ours
        keep_trailing_newline=True,
    )
    config = directory / "mosquitto.conf"
    text = environment.get_template("mosquitto.conf.j2").render(
        directory=directory.resolve(),
        address=address,
        tcp_port=tcp_port,
        ws_port=ws_port,
        plugin=plugin or find_plugin(),
        tls=tls,
        plain=plain,
        ciphers=CIPHERS,
        run_as=run_as or getpass.getuser(),
    )
    _write(config, text)
    return Rendered(config, chosen, tcp_port, ws_port)


def find_plugin() -> Path:
    for folder in PLUGIN_FOLDERS:
        for found in sorted(Path("/").glob(f"{folder.lstrip('/')}{PLUGIN}")):
            return found
    raise Unavailable(f"{PLUGIN} is missing", remedy="install Debian's package mosquitto, 2.0 or newer")


def new_password() -> str:
    """192 random bits as text."""
    return secrets.token_urlsafe(24)


def account(user: str, password: str, role: str) -> dict[str, Any]:
    """An entry of the plugin's `clients` list; the password is stored as salted PBKDF2-SHA512."""
    salt = secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
    return {
        "username": user,
        "roles": [{"rolename": role, "priority": 0}],
        "password": base64.b64encode(digest).decode(),
        "salt": base64.b64encode(salt).decode(),
        "iterations": ITERATIONS,
    }


def _accounts(
    before: Mapping[str, Any], tenant: str, roles: Mapping[str, str], units: Mapping[str, str]
) -> dict[str, Any]:
    ours = {*roles, *units}
    rights = {f"role:{role}": acl.role_rules(tenant, role) for role in roles}
    rights |= {f"unit:{uid}": acl.unit_rules(tenant, uid) for uid in units}
    return {
        "defaultACLAccess": {
            "publishClientSend": False,
            "publishClientReceive": False,
            "subscribe": False,
            "unsubscribe": True,
        },
        "clients": [
            *(entry for entry in before.get("clients", []) if entry["username"] not in ours),
            *(account(role, password, f"role:{role}") for role, password in roles.items()),
            *(account(uid, password, f"unit:{uid}") for uid, password in units.items()),
        ],
        "groups": [],
        "roles": [
            *(entry for entry in before.get("roles", []) if entry["rolename"] not in rights),
            *({"rolename": name, "acls": rules} for name, rules in rights.items()),
        ],
    }


def _write(path: Path, text: str) -> None:
    """Write the file atomically, readable by its owner only; a link is replaced and not followed."""
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    partial.replace(path)
