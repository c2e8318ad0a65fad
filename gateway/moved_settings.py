"""Settings that moved to another section. The old place still works; `songhua config check` names the new."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

MOVED: Final[Mapping[str, Mapping[str, str]]] = {
    "radio": dict.fromkeys(
        (
            "retry_s", "photos", "photos_spare_mb", "photos_coming_days", "photos_loose_days",
            "photos_per_hour", "photos_mb_per_day", "emergency_answer_s", "texts_kept_days",
            "receipt_expiry_s", "escalation", "texts_language", "skills", "places",
        ),
        "field",
    ),
}  # fmt: skip
"""By section: keys that moved, and the section to which."""


def relocated(data: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with each moved key in its section; of two values the one at the new place counts."""
    found = dict(data)
    for section, keys in MOVED.items():
        old = found.get(section)
        if not isinstance(old, Mapping):
            continue
        found[section] = {key: value for key, value in old.items() if key not in keys}
        for key in old.keys() & keys.keys():
            new = found.get(keys[key], {})
            if isinstance(new, Mapping):
                found[keys[key]] = {key: old[key], **new}
    return found


def outdated(data: Mapping[str, Any]) -> list[str]:
    """A line for each key that stands at its old place."""
    return [
        f"{section}.{key} is {keys[key]}.{key} now: move it to [{keys[key]}]"
        for section, keys in MOVED.items()
        if isinstance(data.get(section), Mapping)
        for key in sorted(data[section].keys() & keys.keys())
    ]
