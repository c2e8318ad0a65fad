"""The environment of child processes: everything but the secrets of the settings."""

from __future__ import annotations

import os
from typing import Final

SECRET: Final = (
    "SONGHUA__", "SONGHUA_PASSWORD", "SONGHUA_NEW_PASSWORD", "SONGHUA_CODE", "SONGHUA_UNIT_PASSWORD",
    "SONGHUA_ADMIN_PASSWORD", "SONGHUA_AGENT_PASSWORD", "CREDENTIALS_DIRECTORY",
)  # fmt: skip
"""How the names of variables begin that hold secrets, or lead to them."""


def without_secrets(**more: str) -> dict[str, str]:
    """The environment for a program that has no business with the settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith(SECRET)} | more
