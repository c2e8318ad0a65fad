"""Disclosure: collects what is stored about a person, calls and every row that has the person's number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from core.storage import Storage
from privacy.errors import NothingToErase
from privacy.forms import forms_of
from privacy.inventory import TABLES
from privacy.ports import Records, SealedRows
from privacy.scrub import Tables

_OF_OTHERS: Final = frozenset(
    {
        "acceptor", "actor", "actor_id", "added_by", "agent", "agent_id", "agent_ids", "agent_states",
        "agents", "asked_by", "by", "by_name", "decided_by", "filed_by", "forced_by", "legal_holds",
        "lifted_by", "linked_by",
        "marked_by", "rings", "seen_by",
    }
)  # fmt: skip
"""Who of the centre did something is none of the caller's data."""
_NOTHING: Final = frozenset(
    {
        "cipher_sha256", "digest", "endpoint", "engine", "key_id", "line_id", "node", "path", "seal",
        "sha256", "stays", "unsealed",
    }
)  # fmt: skip
"""What says nothing about the person."""


class Disclosure:
    def __init__(
        self, storage: Storage, records: Records, sealed: SealedRows, *, area_code: str = ""
    ) -> None:
        self._storage = storage
        self._records = records
        self._sealed = sealed
        self._area_code = area_code

    async def of_number(self, number: str) -> dict[str, Any]:
        """`{number, at, calls, tables, kept}`, JSON-ready but for dates and ids. `kept` says why a table is
        kept and for how long. Raises `NoNumber`, `NothingToErase`.
        """
        forms = forms_of(number, area_code=self._area_code)
        calls = [_own(one) for one in await self._records.of_number(forms.number)]
        rows = await Tables(self._storage, self._sealed).rows(forms)
        if not calls and not rows:
            raise NothingToErase(
                "no record holds this number", remedy="check that the whole file was written"
            )
        return {
            "number": forms.number,
            "at": self._storage.clock.now(),
            "calls": calls,
            "tables": {table: [_own(row) for row in found] for table, found in rows.items()},
            "kept": {
                line.table: {"why": line.why, "how_long": line.kept.how_long}
                for line in TABLES
                if line.table in rows
            },
        }


def _own(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _own(one) for key, one in value.items() if key not in _OF_OTHERS and key not in _NOTHING}
    if isinstance(value, list):
        return [_own(one) for one in value]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
