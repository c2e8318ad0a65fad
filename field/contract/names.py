"""Names of units: `{network}:{id}`."""

from __future__ import annotations

import re
import unicodedata

from core.errors import Invalid

UID_PATTERN = r"^[a-z][a-z0-9]{0,9}:[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$"

_UID = re.compile(UID_PATTERN.strip("^$"))

NOT_UNITS = ("user", "phone", "desk", "patch", "recorder")
"""First parts of names that stand for people at desks, telephones, patched talkgroups and recorders, where a
floor is asked for.
"""


def is_uid(value: str) -> bool:
    """`{network}:{id}`, for example `app:17`: never a `/`, `+`, `#`, space or control character."""
    return _UID.fullmatch(value) is not None


def is_unit(value: str) -> bool:
    """A unit's own name: no person's and no telephone's."""
    return is_uid(value) and value.partition(":")[0] not in NOT_UNITS


def check_uid(value: str) -> str:
    """The name itself. Raises `Invalid` where it is no `network:id`."""
    if not is_uid(value):
        raise Invalid(
            "a unit's name is network:id, for example app:17", remedy="letters, digits, '_', '.', '-'"
        )
    return value


def name_key(name: str) -> str:
    """Equal for names that a person takes for the same: width, case and spaces do not count."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
