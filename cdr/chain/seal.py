"""Seals of records: one salted digest for each field, kept with the record, and one over all of them.

The chain holds only the last. Personal fields have a salt of their own: when it is thrown away together with
the values, a person is erased, and the rest of the record can still be proved.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

Payload = Mapping[str, object]
"""A record as JSON-ready values, one for each column."""


@dataclass(frozen=True, slots=True)
class RecordSeal:
    """What stands in the record's `seal` column. `personal_salt` is empty after an erasure."""

    salt: str
    personal_salt: str
    fields: Mapping[str, str]

    @property
    def digest(self) -> str:
        """What the chain covers: SHA-256 over the digests of all fields."""
        return _sha256(canonical(dict(self.fields)))

    def stored(self) -> dict[str, Any]:
        """The seal as the column holds it."""
        return {"salt": self.salt, "personal_salt": self.personal_salt, "fields": dict(self.fields)}

    def erased(self) -> RecordSeal:
        """The seal without the salt of personal columns: their digests prove nothing any more."""
        return RecordSeal(self.salt, "", self.fields)


def read_seal(stored: object) -> RecordSeal | None:
    """The seal in a `seal` column; None when it is missing or damaged."""
    if not isinstance(stored, dict):
        return None
    salt, personal, fields = stored.get("salt"), stored.get("personal_salt"), stored.get("fields")
    if not (isinstance(salt, str) and isinstance(personal, str) and isinstance(fields, dict)):
        return None
    if not all(isinstance(key, str) and isinstance(value, str) for key, value in fields.items()):
        return None
    return RecordSeal(salt, personal, fields)


def seal(payload: Payload, personal: frozenset[str]) -> RecordSeal:
    """A new seal, with new salts."""
    salt, personal_salt = secrets.token_hex(32), secrets.token_hex(32)
    fields = {
        name: _field(personal_salt if name in personal else salt, name, value)
        for name, value in payload.items()
    }
    return RecordSeal(salt, personal_salt, fields)


def changed_fields(
    payload: Payload, held: RecordSeal, personal: frozenset[str], added: Payload = MappingProxyType({})
) -> list[str]:
    """The fields that are not as they were sealed, also those that came or went. Erased ones do not count,
    nor those that came later (`added`) and still have the value that stands for "not known then".
    """
    later = {name for name, value in added.items() if name in payload and payload[name] == value}
    changed = sorted((set(payload) ^ set(held.fields)) - (later - set(held.fields)))
    for name, value in payload.items():
        salt = held.personal_salt if name in personal else held.salt
        if name not in held.fields or (name in personal and not held.personal_salt):
            continue
        if _field(salt, name, value) != held.fields[name]:
            changed.append(name)
    return changed


def plain(value: object) -> object:
    """A column's value as JSON knows it: the same on SQLite and PostgreSQL."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, UUID):
        return str(value)
    return value


def canonical(value: object) -> bytes:
    """One spelling for one value: sorted keys, no spaces, ASCII."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    ).encode()


def _field(salt: str, name: str, value: object) -> str:
    return _sha256(canonical([salt, name, value]))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
