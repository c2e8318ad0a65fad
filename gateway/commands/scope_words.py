"""Parses scopes on the command line: `queue=hotline district=230102`."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.commands.common import fail
from identity.errors import BadScope
from identity.model import check_scopes


def names_by_kind(words: Sequence[str]) -> dict[str, list[str]]:
    """Ends the command with what is wrong."""
    found: dict[str, list[str]] = {}
    for word in words:
        kind, _, name = word.partition("=")
        found.setdefault(kind, []).append(name)
    try:
        check_scopes(found)
    except BadScope as error:
        fail(str(error), error.remedy or "give queue=…, district=…, department=… or talkgroup=…")
    return found
